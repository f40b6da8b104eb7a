package io.peregrine.kernels.scalar;

/// The functions of [io.peregrine.kernels.Activation] in double, from their definitions.
public final class ScalarActivation {

    /// Terms that leave nothing of the Taylor series of the error function below [#SERIES_END].
    private static final int TERMS = 60;

    private static final double SERIES_END = 3;

    private ScalarActivation() {}

    /// `x * sigmoid(factor * x)`: SiLU and the quick GELU.
    public static double swish(double x, double factor) {
        return x / (1 + Math.exp(-factor * x));
    }

    /// `x / 2 * (1 + erf(x / sqrt 2))`.
    public static double geluErf(double x) {
        return x / 2 * complementaryError(-x / Math.sqrt(2));
    }

    /// `x / 2 * (1 + tanh(y))` with `y = sqrt(2 / pi) * (x + 0.044715 x^3)`, as `x * sigmoid(2 y)`, which does not
    /// cancel where tanh is close to -1.
    public static double geluTanh(double x) {
        return x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    /// `max(x, 0)`.
    public static double relu(double x) {
        return Math.max(x, 0);
    }

    /// `max(x, 0)^2`.
    public static double reluSquared(double x) {
        return Math.max(x, 0) * Math.max(x, 0);
    }

    /// `1 - erf(z)`: the Taylor series of erf near 0, the continued fraction of erfc far from it.
    ///
    /// Source: Abramowitz and Stegun, 7.1.5 and 7.1.14.
    static double complementaryError(double z) {
        double u = Math.abs(z);
        if (u < SERIES_END) {
            double term = z;
            double sum = z;
            for (int n = 1; n < TERMS; n++) {
                term *= -z * z / n;
                sum += term / (2 * n + 1);
            }
            return 1 - 2 / Math.sqrt(Math.PI) * sum;
        }
        double fraction = u;
        for (int n = TERMS; n > 0; n--) {
            fraction = u + n / 2.0 / fraction;
        }
        double tail = Math.exp(-u * u) / Math.sqrt(Math.PI) / fraction;
        return z > 0 ? tail : z < 0 ? 2 - tail : z;
    }
}
