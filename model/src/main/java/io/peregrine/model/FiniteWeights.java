package io.peregrine.model;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.memory.LoadListener;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.BlockFormat;
import io.peregrine.kernels.format.Formats;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/// Looks through all weights of a file for numbers that are infinite or no numbers, as damage to a file and overflow in a
/// conversion leave them. Whole models take seconds to minutes, so that it is done when asked for.
///
/// Tensors of integers have no such numbers.
public final class FiniteWeights {

    /// Elements that are decoded at once: whole blocks of every format.
    private static final int CHUNK = 1 << 14;

    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final float[] decoded = new float[CHUNK];
    private @Nullable Finding first;
    private int damaged;

    /// A number that is not finite.
    ///
    /// @param element of the tensor, all rows one after the other
    private record Finding(Tensor tensor, long element, double value) {

        String where() {
            long columns = tensor.shape().columns();
            TensorType type = tensor.type();
            return "tensor " + tensor.name()
                    + (type.isBlocked() ? ", block " + element / type.blockElements() : "")
                    + ", row " + element / columns + ", column " + element % columns;
        }
    }

    private FiniteWeights() {}

    /// Looks through the weights of an open file.
    ///
    /// @param listener hears how far it has come, and may stop it
    /// @throws ModelFormatException naming the first tensor with a number that is not finite, and the block in it
    /// @throws CancellationException if the listener stopped it
    public static void check(GgufFile file, LoadListener listener) {
        long total = 0;
        for (Tensor tensor : file.tensors().values()) {
            total += tensor.data().byteSize();
        }
        FiniteWeights search = new FiniteWeights();
        long done = 0;
        for (Tensor tensor : file.tensors().values()) {
            search.look(tensor);
            done += tensor.data().byteSize();
            if (!listener.loaded(done, total)) {
                throw new CancellationException(file.path() + ": the check was cancelled");
            }
        }
        Finding found = search.first;
        if (found != null) {
            throw new ModelFormatException(
                    file.path().toString(),
                    found.where(),
                    Double.toString(found.value()),
                    "finite numbers",
                    search.damaged + " of " + file.tensors().size()
                            + " tensors have such numbers: download the file again, or convert it to a wider type");
        }
    }

    private void look(Tensor tensor) {
        Finding found =
                switch (tensor.type()) {
                    case F64 -> inDoubles(tensor);
                    case I8, I16, I32, I64, Q8_1, Q8_K -> null;
                    default -> inBlocks(tensor, Formats.of(tensor.type()));
                };
        if (found != null) {
            damaged++;
            first = first == null ? found : first;
        }
    }

    private static @Nullable Finding inDoubles(Tensor tensor) {
        for (long i = 0; i < tensor.shape().elements(); i++) {
            double value = tensor.data().get(DOUBLE, i * Double.BYTES);
            if (!Double.isFinite(value)) {
                return new Finding(tensor, i, value);
            }
        }
        return null;
    }

    private @Nullable Finding inBlocks(Tensor tensor, BlockFormat format) {
        long elements = tensor.shape().elements();
        for (long at = 0; at < elements; at += CHUNK) {
            int count = (int) Math.min(CHUNK, elements - at);
            format.decode(tensor.data(), tensor.type().rowBytes(at), count, decoded, 0);
            int bad = NonFinite.first(decoded, 0, count);
            if (bad >= 0) {
                return new Finding(tensor, at + bad, decoded[bad]);
            }
        }
        return null;
    }
}
