package io.peregrine.kernels;

import io.peregrine.kernels.scalar.ScalarElementwise;
import io.peregrine.kernels.vector.VectorElementwise;

/// Arithmetic between arrays, element by element.
public final class Elementwise {

    private Elementwise() {}

    /// `x += y` for `count` elements, as a residual connection does.
    ///
    /// @param x from `xOffset`
    /// @param y from `yOffset`
    /// @throws IllegalArgumentException if a range leaves its array
    public static void add(Compute compute, float[] x, int xOffset, float[] y, int yOffset, int count) {
        Checks.range("x", x.length, xOffset, count);
        Checks.range("y", y.length, yOffset, count);
        Task task = compute.elementwise;
        task.x = x;
        task.xOffset = xOffset;
        task.y = y;
        task.yOffset = yOffset;
        task.count = count;
        task.start(compute, Math.ceilDiv(count, Task.ROW), Task.ROW);
    }

    /// `x[r] *= factors[r]` for every row `r`.
    ///
    /// @param x `[rows, width]` from `offset`, rows `stride` apart
    /// @param factors `[rows]`
    /// @throws IllegalArgumentException if an array is too short
    public static void scaleRows(
            Compute compute, float[] x, int offset, int stride, int rows, int width, float[] factors) {
        Checks.rows("x", x.length, offset, stride, rows, width);
        Checks.range("factors", factors.length, 0, rows);
        ScaleTask task = compute.scaleRows;
        task.x = x;
        task.offset = offset;
        task.stride = stride;
        task.width = width;
        task.factors = factors;
        task.factorStep = 1;
        task.start(compute, rows, width);
    }

    /// `x *= factor` for `count` elements.
    ///
    /// @param x from `offset`
    /// @throws IllegalArgumentException if the range leaves its array
    public static void scale(Compute compute, float[] x, int offset, int count, float factor) {
        Checks.range("x", x.length, offset, count);
        ScaleTask task = compute.scaleRows;
        task.one[0] = factor;
        task.factors = task.one;
        task.factorStep = 0;
        task.x = x;
        int whole = count / Task.ROW;
        task.scale(compute, offset, whole, Task.ROW);
        task.scale(compute, offset + whole * Task.ROW, Math.min(1, count - whole * Task.ROW), count - whole * Task.ROW);
    }

    /// `y[r] = x[r]` for every row `r`. The rows of `y` must not lie in those of `x`.
    ///
    /// @param x `[rows, width]` from `xOffset`, rows `xStride` apart
    /// @param y `[rows, width]` from `yOffset`, rows `yStride` apart
    /// @throws IllegalArgumentException if an array is too short
    public static void copyRows(
            Compute compute,
            float[] x,
            int xOffset,
            int xStride,
            int rows,
            int width,
            float[] y,
            int yOffset,
            int yStride) {
        Checks.rows("x", x.length, xOffset, xStride, rows, width);
        Checks.rows("y", y.length, yOffset, yStride, rows, width);
        CopyTask task = compute.copyRows;
        task.x = x;
        task.xOffset = xOffset;
        task.xStride = xStride;
        task.width = width;
        task.y = y;
        task.yOffset = yOffset;
        task.yStride = yStride;
        task.start(compute, rows, width);
    }

    /// Arguments of [#copyRows].
    static final class CopyTask extends RowsTask {

        private float[] x = {};
        private int xOffset;
        private int xStride;
        private int width;
        private float[] y = {};
        private int yOffset;
        private int yStride;

        @Override
        void rows(int from, int rows, int worker) {
            for (int r = from; r < from + rows; r++) {
                System.arraycopy(x, xOffset + r * xStride, y, yOffset + r * yStride, width);
            }
        }
    }

    /// Arguments of [#scaleRows].
    static final class ScaleTask extends RowsTask {

        private final Compute compute;
        private float[] x = {};
        private int offset;
        private int stride;
        private int width;
        private float[] factors = {};

        /// From the factor of a row to that of the next: 1, or 0 where all rows have the same.
        private int factorStep;

        private final float[] one = new float[1];

        ScaleTask(Compute compute) {
            this.compute = compute;
        }

        private void scale(Compute compute, int at, int rows, int length) {
            offset = at;
            stride = length;
            width = length;
            start(compute, rows, length);
        }

        @Override
        void rows(int from, int rows, int worker) {
            for (int r = from; r < from + rows; r++) {
                if (compute.vectors) {
                    VectorElementwise.scale(x, offset + r * stride, width, factors[r * factorStep]);
                } else {
                    ScalarElementwise.scale(x, offset + r * stride, width, factors[r * factorStep]);
                }
            }
        }
    }

    /// `x += y * scale` for each row, as a residual connection with layer scale does.
    ///
    /// Source: Touvron et al., arXiv:2103.17239.
    ///
    /// @param x `[rows, dim]` from `xOffset`, rows one after the other
    /// @param y `[rows, dim]` from `yOffset`, likewise
    /// @param scale `[dim]`
    /// @throws IllegalArgumentException if an array is too short
    public static void addScaled(
            Compute compute, float[] x, int xOffset, float[] y, int yOffset, float[] scale, int rows, int dim) {
        Checks.positive("dim", dim);
        Checks.rows("x", x.length, xOffset, dim, rows, dim);
        Checks.rows("y", y.length, yOffset, dim, rows, dim);
        Checks.range("scale", scale.length, 0, dim);
        AddScaledTask task = compute.addScaled;
        task.x = x;
        task.xOffset = xOffset;
        task.y = y;
        task.yOffset = yOffset;
        task.scale = scale;
        task.dim = dim;
        task.start(compute, rows, dim);
    }

    /// Arguments of [#add]; a row is [#ROW] consecutive elements.
    static final class Task extends RowsTask {

        static final int ROW = 1024;

        private final Compute compute;
        private float[] x = {};
        private int xOffset;
        private float[] y = {};
        private int yOffset;
        private int count;

        Task(Compute compute) {
            this.compute = compute;
        }

        @Override
        void rows(int from, int rows, int worker) {
            int at = from * ROW;
            int length = Math.min(rows * ROW, count - at);
            if (compute.vectors) {
                VectorElementwise.add(x, xOffset + at, y, yOffset + at, length);
            } else {
                ScalarElementwise.add(x, xOffset + at, y, yOffset + at, length);
            }
        }
    }

    /// Arguments of [#addScaled].
    static final class AddScaledTask extends RowsTask {

        private final Compute compute;
        private float[] x = {};
        private int xOffset;
        private float[] y = {};
        private int yOffset;
        private float[] scale = {};
        private int dim;

        AddScaledTask(Compute compute) {
            this.compute = compute;
        }

        @Override
        void rows(int from, int count, int worker) {
            for (int row = from; row < from + count; row++) {
                int at = row * dim;
                if (compute.vectors) {
                    VectorElementwise.addScaled(x, xOffset + at, y, yOffset + at, scale, dim);
                } else {
                    ScalarElementwise.addScaled(x, xOffset + at, y, yOffset + at, scale, dim);
                }
            }
        }
    }
}
