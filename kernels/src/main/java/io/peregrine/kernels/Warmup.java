package io.peregrine.kernels;

import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.ProductLoops;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.internal.TokenPanels;
import io.peregrine.kernels.vector.VectorProductLoops;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/// Has the loops of matrix products compiled before they are needed.
///
/// Loops on vectors are a hundred times slower while the JVM has not compiled them, and what makes it compile a loop is
/// the number of calls, not of elements: thousands of calls on a block each take milliseconds where the first rows of
/// a model would take seconds. Results do not change.
public final class Warmup {

    /// Calls after which the JVM has put a method into the queue of its optimising compiler.
    private static final int CALLS = 6_000;

    private static final int BATCH = 200;

    /// How much faster than at first a loop is once it is compiled, at least.
    private static final int GAIN = 4;

    /// A call that takes no longer is compiled already: uncompiled vectors take several times as much.
    private static final long COMPILED_NANOS = 2_000;

    /// A loop that is not faster by then is left alone.
    private static final long PATIENCE_NANOS = 700_000_000;

    /// Elements of a row at least: one round of the longest loop.
    private static final int COLUMNS = 64;

    /// Formats whose loops are compiled, or were given up.
    private static final Set<TensorType> DONE = EnumSet.noneOf(TensorType.class);

    private Warmup() {}

    /// Warms what products with these tensors need, one format after the other, each once in a process; on the calling
    /// thread. Returns when the loops are compiled, early if the thread is interrupted.
    ///
    /// @param tensors the weights of a model: their formats count, and the first elements of some are read
    public static synchronized void run(Collection<Tensor> tensors) {
        long weights = 0;
        for (Tensor tensor : tensors) {
            weights += tensor.shape().elements();
        }
        if (!Simd.VECTOR || weights < Compute.SMALL) {
            return;
        }
        Map<TensorType, Tensor> samples = new EnumMap<>(TensorType.class);
        for (Tensor tensor : tensors) {
            int columns = columns(tensor.type());
            if (!DONE.contains(tensor.type())
                    && tensor.shape().rank() > 1
                    && tensor.shape().columns() >= columns
                    && tensor.shape().rows() > 0) {
                samples.computeIfAbsent(tensor.type(), type -> sample(tensor, columns));
            }
        }
        if (samples.isEmpty()) {
            return;
        }
        try (Workers alone = new Workers(1)) {
            Compute compute = new Compute(alone, false);
            for (Tensor sample : samples.values()) {
                row(compute, Matrix.of(sample));
            }
            tile(new VectorProductLoops());
            for (Tensor sample : samples.values()) {
                Matrix w = Matrix.of(sample);
                float[] out = new float[w.columns()];
                repeat(() -> w.row(0, out, 0));
                if (!Thread.currentThread().isInterrupted()) {
                    DONE.add(sample.type());
                }
            }
        }
    }

    private static int columns(TensorType type) {
        return Math.ceilDiv(COLUMNS, type.blockElements()) * type.blockElements();
    }

    private static Tensor sample(Tensor tensor, int columns) {
        long bytes = tensor.type().rowBytes(columns);
        return new Tensor(tensor.name(), tensor.type(), Shape.of(1, columns), tensor.data().asSlice(0, bytes));
    }

    private static void row(Compute compute, Matrix w) {
        float[] x = new float[w.columns()];
        float[] y = new float[1];
        repeat(() -> MatMul.apply(compute, w, null, x, 0, x.length, 1, y, 0, 1));
    }

    private static void tile(ProductLoops loops) {
        float[] w = new float[loops.tileRows() * ProductLoops.TILE_STRIDE];
        TokenPanels x = loops.newPanels();
        x.prepare(ProductLoops.TILE_UNROLL * ProductLoops.PANEL);
        float[] out = new float[loops.tileRows() * ProductLoops.PANEL];
        repeat(() -> loops.tile(w, 0, x, 0, ProductLoops.TILE_UNROLL, out, 0));
    }

    /// Calls until it has become fast.
    private static void repeat(Runnable call) {
        long start = System.nanoTime();
        long first = batch(call);
        for (int calls = BATCH; ; calls += BATCH) {
            long now = batch(call);
            boolean compiled = now < BATCH * COMPILED_NANOS || calls >= CALLS && now * GAIN < first;
            if (compiled || System.nanoTime() - start > PATIENCE_NANOS || Thread.currentThread().isInterrupted()) {
                return;
            }
        }
    }

    private static long batch(Runnable call) {
        long start = System.nanoTime();
        for (int i = 0; i < BATCH; i++) {
            call.run();
        }
        return System.nanoTime() - start;
    }
}
