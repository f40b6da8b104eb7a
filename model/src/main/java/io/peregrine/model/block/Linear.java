package io.peregrine.model.block;

import io.peregrine.kernels.MatMul;
import io.peregrine.kernels.Matrix;
import org.jspecify.annotations.Nullable;

/// A linear layer: `y = W x + b`.
///
/// @param weight `[out, in]`
/// @param bias `[out]`, or null
public record Linear(Matrix weight, float @Nullable [] bias) {

    public int in() {
        return weight.columns();
    }

    public int out() {
        return weight.rows();
    }

    /// @param x `[rows, in]`
    /// @param y gets the shape `[rows, out]`; must not be `x`
    public Rows apply(Pass pass, Rows x, Rows y) {
        y.shape(x.rows(), out());
        MatMul.apply(pass.compute(), weight, bias, x.data(), 0, x.width(), x.rows(), y.data(), 0, y.width());
        return y;
    }
}
