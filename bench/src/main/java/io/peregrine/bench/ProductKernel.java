package io.peregrine.bench;

import io.peregrine.bench.synthetic.RandomWeights;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.MatMul;
import io.peregrine.kernels.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Matrix products with rows of activations: the matrices of a layer in turn.
///
/// With one token the work is reading weights, and there are so many copies of the matrices that no cache
/// holds them; a call multiplies them all.
final class ProductKernel implements SweepKernel {

    /// Rows and columns of the matrices of a CLIP ViT-L block.
    static final int[][] CLIP_LAYER = {
        {1024, 1024}, {1024, 1024}, {1024, 1024}, {1024, 1024}, {4096, 1024}, {1024, 4096}
    };

    /// The three shapes of a llama of 1.1 billion weights.
    static final int[][] LLAMA_SHAPES = {{2048, 2048}, {8192, 2048}, {2048, 8192}};

    private static final long BEYOND_CACHES = 256L << 20;

    private final Compute compute;
    private final int tokens;
    private final Arena arena = Arena.ofShared();
    private final List<Matrix> matrices = new ArrayList<>();
    private final float[] x;
    private final float[] y;
    private double work;

    /// @param shapes rows and columns of each matrix
    ProductKernel(Compute compute, TensorType format, int tokens, int[][] shapes) {
        this.compute = compute;
        this.tokens = tokens;
        int widest = 0;
        int tallest = 0;
        long bytes = 0;
        do {
            for (int[] shape : shapes) {
                Matrix matrix = matrices.size() < shapes.length
                        ? RandomWeights.matrix(format, shape[0], shape[1], matrices.size(), arena)
                        : copy(matrices.get(matrices.size() - shapes.length));
                matrices.add(matrix);
                bytes += matrix.tensor().data().byteSize();
                work += 2.0 * tokens * shape[0] * shape[1];
                tallest = Math.max(tallest, shape[0]);
                widest = Math.max(widest, shape[1]);
            }
        } while (readsMemory() && bytes < BEYOND_CACHES);
        if (readsMemory()) {
            work = bytes;
        }
        x = gaussian(tokens * widest);
        y = new float[tokens * tallest];
    }

    private Matrix copy(Matrix matrix) {
        Tensor tensor = matrix.tensor();
        MemorySegment data = arena.allocate(tensor.data().byteSize(), 64).copyFrom(tensor.data());
        return Matrix.of(new Tensor(tensor.name(), tensor.type(), tensor.shape(), data));
    }

    static float[] gaussian(int count) {
        Random random = new Random(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Override
    public void call() {
        for (int i = 0; i < matrices.size(); i++) {
            Matrix w = matrices.get(i);
            MatMul.apply(compute, w, null, x, 0, w.columns(), tokens, y, 0, w.rows());
        }
    }

    @Override
    public double work() {
        return work;
    }

    @Override
    public boolean readsMemory() {
        return tokens == 1;
    }

    @Override
    public float[] result() {
        return y;
    }

    @Override
    public void close() {
        arena.close();
    }
}
