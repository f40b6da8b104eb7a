package io.peregrine.kernels;

/// Element-wise functions between two matrix products.
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

    /// `x = f(x)` for `count` elements from `offset`.
    public void apply(Compute compute, float[] x, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            x[i] = (float) value(x[i]);
        }
    }

    /// `x = f(x) * up`, the gated form (SwiGLU, GeGLU), for `count` elements from `offset` of both arrays.
    public void applyGated(Compute compute, float[] x, float[] up, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            x[i] = (float) value(x[i]) * up[i];
        }
    }

    private double value(double x) {
        return switch (this) {
            case SILU -> x / (1 + Math.exp(-x));
            case GELU_ERF -> {
                double z = Math.abs(x) / Math.sqrt(2);
                double term = z;
                double sum = z;
                for (int n = 1; n < 200 && z < 6; n++) {
                    term *= -z * z / n;
                    sum += term / (2 * n + 1);
                }
                double erf = z >= 6 ? 1 : 2 / Math.sqrt(Math.PI) * sum;
                yield x / 2 * (1 + Math.signum(x) * erf);
            }
            case GELU_TANH -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_QUICK -> x / (1 + Math.exp(-1.702 * x));
            case RELU -> Math.max(x, 0);
            case RELU_SQUARED -> Math.max(x, 0) * Math.max(x, 0);
        };
    }
}
