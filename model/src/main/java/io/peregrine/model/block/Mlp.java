package io.peregrine.model.block;

import io.peregrine.kernels.Activation;
import org.jspecify.annotations.Nullable;

/// The feed-forward part of a layer: `down(f(up(x)))`, or gated, `down(f(gate(x)) * up(x))`.
///
/// @param gate `[ffn, dim]`, or null
/// @param up `[ffn, dim]`
/// @param down `[dim, ffn]`
public record Mlp(@Nullable Linear gate, Linear up, Linear down, Activation activation) {

    /// Binds `prefix_gate`, `prefix_up` and `prefix_down` with SiLU (SwiGLU, arXiv 2002.05202).
    public static Mlp swiGlu(Weights w, String prefix, int dim, int ffn) {
        return gated(w, prefix, dim, ffn, Activation.SILU);
    }

    /// Binds `prefix_gate`, `prefix_up` and `prefix_down`.
    public static Mlp gated(Weights w, String prefix, int dim, int ffn, Activation activation) {
        return new Mlp(
                w.linear(prefix + "_gate", dim, ffn),
                w.linear(prefix + "_up", dim, ffn),
                w.linear(prefix + "_down", ffn, dim),
                activation);
    }

    /// Floats of scratch for each row.
    long scratchWidth() {
        return (gate == null ? 1L : 2L) * up.out();
    }

    /// @param x `[rows, dim]`
    /// @param y gets the shape `[rows, dim]`
    public Rows apply(Pass pass, Rows x, int layer, Rows y) {
        Rows inner = pass.rows("ffn_inner", x.rows(), up.out()); // [rows, ffn]
        if (gate == null) {
            up.apply(pass, x, inner);
            activation.apply(pass.compute(), inner.data(), 0, inner.elements());
        } else {
            Rows factors = pass.rows("ffn_up", x.rows(), up.out());
            pass.joint(2, x).add(up, factors).add(gate, inner).apply(pass.compute());
            activation.applyGated(pass.compute(), inner.data(), factors.data(), 0, inner.elements());
        }
        pass.trace().rows("ffn_inner", layer, inner);
        return down.apply(pass, inner, y);
    }
}
