package io.peregrine.model.arch;

import io.peregrine.kernels.Activation;
import io.peregrine.model.block.RowNorm;
import io.peregrine.model.block.Weights;

/// The hyper-parameters of a block of a transformer without a cache: of a vision tower, or of a text tower like it.
///
/// @param ffn width between the two layers of its feed-forward part
/// @param rms whether its norms are RMSNorms, instead of LayerNorms
record BlockKeys(int dim, int ffn, int heads, float eps, Activation activation, boolean rms) {

    /// With LayerNorms.
    BlockKeys(int dim, int ffn, int heads, float eps, Activation activation) {
        this(dim, ffn, heads, eps, activation, false);
    }

    /// The same with RMSNorms.
    BlockKeys withRms() {
        return new BlockKeys(dim, ffn, heads, eps, activation, true);
    }

    /// Binds a norm of the block's kind.
    RowNorm norm(Weights w, String name) {
        return rms ? w.rmsNorm(name, dim, eps) : w.layerNorm(name, dim, eps);
    }
}
