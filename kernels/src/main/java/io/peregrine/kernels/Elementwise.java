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

    /// Arguments of a call; a row is [#ROW] consecutive elements.
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
}
