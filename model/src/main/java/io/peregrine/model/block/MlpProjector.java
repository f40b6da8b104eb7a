package io.peregrine.model.block;

import io.peregrine.kernels.Activation;
import org.jspecify.annotations.Nullable;

/// From the tower's width to the decoder's: one linear layer, or two with a GELU between them.
///
/// @param second null for a single layer
/// @param activation behind the first of two layers
public record MlpProjector(Linear first, @Nullable Linear second, Activation activation) {

    /// Binds `mm.0` and, if it is there, `mm.2`, with the exact GELU.
    public static MlpProjector bind(Weights w, int in) {
        return w.has("mm.2.weight")
                ? bind(w, "mm.0", "mm.2", in, Activation.GELU_ERF)
                : new MlpProjector(w.linear("mm.0", in), null, Activation.GELU_ERF);
    }

    /// Binds the two layers of a family that always has both.
    public static MlpProjector bind(Weights w, String first, String second, int in, Activation activation) {
        Linear layer = w.linear(first, in);
        return new MlpProjector(layer, w.linear(second, layer.out()), activation);
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
        activation.apply(pass.compute(), hidden.data(), 0, hidden.elements());
        return second.apply(pass, hidden, y);
    }
}
