package io.peregrine.model.block;

import io.peregrine.kernels.Norm;
import org.jspecify.annotations.Nullable;

/// A normalisation of each row by itself, with learned scales.
public sealed interface RowNorm {

    /// @param x `[rows, dim]`
    /// @param y gets the shape of `x`; may be `x`
    Rows apply(Pass pass, Rows x, Rows y);

    /// `x / rms(x) * weight` (arXiv 1910.07467).
    record Rms(float[] weight, float eps) implements RowNorm {
        @Override
        public Rows apply(Pass pass, Rows x, Rows y) {
            y.shape(x.rows(), x.width());
            Norm.rms(pass.compute(), weight, eps, x.data(), 0, x.width(), x.rows(), x.width(), y.data(), 0, y.width());
            return y;
        }
    }

    /// `(x - mean) / deviation * weight + bias` (arXiv 1607.06450).
    record Layer(float[] weight, float @Nullable [] bias, float eps) implements RowNorm {
        @Override
        public Rows apply(Pass pass, Rows x, Rows y) {
            y.shape(x.rows(), x.width());
            Norm.layer(
                    pass.compute(),
                    weight,
                    bias,
                    eps,
                    x.data(),
                    0,
                    x.width(),
                    x.rows(),
                    x.width(),
                    y.data(),
                    0,
                    y.width());
            return y;
        }
    }
}
