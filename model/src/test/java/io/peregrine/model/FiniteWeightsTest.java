package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.memory.LoadListener;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.BlockFormat;
import io.peregrine.kernels.format.Formats;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Numbers in weights that are not finite, in every storage format.
class FiniteWeightsTest {

    /// Every pattern of bits is a finite number in this one, as in ggml.
    private static final TensorType ALWAYS_FINITE = TensorType.NVFP4;

    private static final int ROWS = 40;
    private static final int COLUMNS = 512;

    @TempDir
    private Path folder;

    static List<BlockFormat> formats() {
        return Formats.all();
    }

    /// A file of two good tensors and one whose last block is full of ones.
    private Path file(TensorType type) {
        byte[] bytes = new byte[Math.toIntExact(ROWS * type.rowBytes(COLUMNS))];
        Arrays.fill(bytes, bytes.length - type.blockBytes(), bytes.length, (byte) -1);
        Path file = folder.resolve("m.gguf");
        new GgufWriter()
                .tensor("good", TensorType.F32, Shape.of(3), MemorySegment.ofArray(new byte[12]))
                .tensor("bad", type, Shape.of(ROWS, COLUMNS), MemorySegment.ofArray(bytes))
                .tensor("numbers", TensorType.I32, Shape.of(1), MemorySegment.ofArray(new byte[] {-1, -1, -1, -1}))
                .write(file);
        return file;
    }

    private static void check(Path path, LoadListener listener) {
        try (GgufFile file = GgufFile.open(path)) {
            FiniteWeights.check(file, listener);
        }
    }

    @ParameterizedTest(name = "{displayName}: {0}")
    @DisplayName("33 nan-weights: found in advance")
    @MethodSource("formats")
    void lastBlock(BlockFormat format) {
        TensorType type = format.type();
        Path path = file(type);
        if (type == ALWAYS_FINITE) {
            assertDoesNotThrow(() -> check(path, LoadListener.NONE));
            return;
        }
        String block = type.isBlocked() ? ", block " + (ROWS * COLUMNS / type.blockElements() - 1) : "";
        // The largest scale times the largest element, whose sign is set.
        String found = type == TensorType.MXFP4 ? "-Infinity" : "NaN";
        assertMessage(path, "bad" + block + ", row 39, column " + (COLUMNS - type.blockElements()), found);
    }

    @Test
    @DisplayName("33 nan-weights: found in advance: F64")
    void doubles() {
        assertMessage(file(TensorType.F64), "bad, row 39, column 511", "NaN");
    }

    private static void assertMessage(Path path, String where, String found) {
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> check(path, LoadListener.NONE));
        assertEquals(
                path + ": tensor " + where + ": found " + found + ", expected finite numbers; 1 of 3 tensors have such numbers:"
                        + " download the file again, or convert it to a wider type",
                e.getMessage());
    }

    @Test
    void listener_stopsTheCheck() {
        Path path = file(TensorType.Q8_0);
        CancellationException e =
                assertThrows(CancellationException.class, () -> check(path, (done, total) -> done < 100));
        assertEquals(path + ": the check was cancelled", e.getMessage());
    }
}
