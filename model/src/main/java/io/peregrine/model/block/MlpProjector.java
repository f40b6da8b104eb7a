package io.peregrine.model.block;

import io.peregrine.kernels.Activation;
import org.jspecify.annotations.Nullable;

/// From the tower's width to the decoder's: one linear layer, or two with the exact GELU between them.
///
/// @param second null for a single layer
public record MlpProjector(Linear first, @Nullable Linear second) {

    /// Binds `mm.0` and, if it is there, `mm.2`.
    public static MlpProjector bind(Weights w, int in) {
        Linear first = w.linear("mm.0", in);
        return new MlpProjector(first, w.has("mm.2.weight") ? w.linear("mm.2", first.out()) : null);
    }

    public int out() {
        return second == null ? first.out() : second.out();
    }

    /// @param x `[rows, in]`
    /// @param y gets the shape `[rows, out]`
    public Rows apply(Pass pass, Rows x, Rows y) {
        if (second == null) {
            return first.apply(pass, x, y);
        }
        Rows hidden = first.apply(pass, x, pass.rows("mm", x.rows(), first.out()));
        Activation.GELU_ERF.apply(pass.compute(), hidden.data(), 0, hidden.elements());
        return second.apply(pass, hidden, y);
    }
}
