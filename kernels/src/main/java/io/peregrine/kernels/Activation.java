package io.peregrine.kernels;

import io.peregrine.kernels.scalar.ScalarActivation;
import io.peregrine.kernels.vector.Lanes;
import io.peregrine.kernels.vector.VectorActivation;
import org.jspecify.annotations.Nullable;

/// Element-wise functions between two matrix products.
///
/// Sources: Hendrycks and Gimpel, arXiv:1606.08415 (GELU and SiLU); Shazeer, arXiv:2002.05202 (gated forms); So et
/// al., arXiv:2109.08668 (squared ReLU).
public enum Activation {
    /// `x * sigmoid(x)`.
    SILU,
    /// `x / 2 * (1 + erf(x / sqrt 2))`.
    GELU_ERF,
    /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))`.
    GELU_TANH,
    /// `x * sigmoid(1.702 x)`.
    GELU_QUICK,
    /// `max(x, 0)`.
    RELU,
    /// `max(x, 0)^2`.
    RELU_SQUARED;

    private static final float QUICK_FACTOR = 1.702f;

    /// `x = f(x)` for `count` elements from `offset`.
    ///
    /// @throws IllegalArgumentException if the range leaves the array
    public void apply(Compute compute, float[] x, int offset, int count) {
        Checks.range("x", x.length, offset, count);
        compute.activation.start(this, x, null, offset, count);
    }

    /// `x = f(x) * up`, the gated form (SwiGLU, GeGLU), for `count` elements from `offset` of both arrays.
    ///
    /// @throws IllegalArgumentException if the range leaves an array
    public void applyGated(Compute compute, float[] x, float[] up, int offset, int count) {
        Checks.range("x", x.length, offset, count);
        Checks.range("up", up.length, offset, count);
        compute.activation.start(this, x, up, offset, count);
    }

    private double value(double x) {
        return switch (this) {
            case SILU -> ScalarActivation.swish(x, 1);
            case GELU_ERF -> ScalarActivation.geluErf(x);
            case GELU_TANH -> ScalarActivation.geluTanh(x);
            case GELU_QUICK -> ScalarActivation.swish(x, QUICK_FACTOR);
            case RELU -> ScalarActivation.relu(x);
            case RELU_SQUARED -> ScalarActivation.reluSquared(x);
        };
    }

    /// @param count a multiple of the vector's width
    private void vectors(float[] x, int offset, float @Nullable [] up, int upOffset, int count) {
        switch (this) {
            case SILU -> VectorActivation.swish(1, x, offset, up, upOffset, count);
            case GELU_ERF -> VectorActivation.geluErf(x, offset, up, upOffset, count);
            case GELU_TANH -> VectorActivation.geluTanh(x, offset, up, upOffset, count);
            case GELU_QUICK -> VectorActivation.swish(QUICK_FACTOR, x, offset, up, upOffset, count);
            case RELU -> VectorActivation.relu(x, offset, up, upOffset, count);
            case RELU_SQUARED -> VectorActivation.reluSquared(x, offset, up, upOffset, count);
        }
    }

    /// Arguments of a call; a row is [#ROW] consecutive elements.
    static final class Task extends RowsTask {

        private static final int ROW = 1024;

        private final Compute compute;
        private Activation function = SILU;
        private float[] x = {};
        private float @Nullable [] up;
        private int offset;
        private int count;

        Task(Compute compute) {
            this.compute = compute;
        }

        private void start(Activation function, float[] x, float @Nullable [] up, int offset, int count) {
            this.function = function;
            this.x = x;
            this.up = up;
            this.offset = offset;
            this.count = count;
            start(compute, Math.ceilDiv(count, ROW), 4L * ROW);
        }

        @Override
        void rows(int from, int rows, int worker) {
            int at = offset + from * ROW;
            int length = Math.min(rows * ROW, count - from * ROW);
            if (compute.vectors) {
                int whole = length - length % Lanes.WIDTH;
                function.vectors(x, at, up, at, whole);
                if (whole < length) {
                    rest(at + whole, length - whole, compute.scratch(worker, 2 * Lanes.WIDTH));
                }
            } else {
                for (int i = at; i < at + length; i++) {
                    x[i] = (float) (function.value(x[i]) * (up == null ? 1 : up[i]));
                }
            }
        }

        /// The last elements, too few for a vector: computed as one in scratch memory.
        private void rest(int at, int length, float[] scratch) {
            System.arraycopy(x, at, scratch, 0, length);
            if (up == null) {
                function.vectors(scratch, 0, null, 0, Lanes.WIDTH);
            } else {
                System.arraycopy(up, at, scratch, Lanes.WIDTH, length);
                function.vectors(scratch, 0, scratch, Lanes.WIDTH, Lanes.WIDTH);
            }
            System.arraycopy(scratch, 0, x, at, length);
        }
    }
}
