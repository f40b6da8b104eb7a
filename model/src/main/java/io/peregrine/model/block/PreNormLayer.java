package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;
import org.jspecify.annotations.Nullable;

/// The usual layer of a decoder: attention or what takes its place, then a feed-forward part, each from normalised rows
/// and added to them.
///
/// @param postAttnNorm of what the mixer adds, or null (Gemma)
/// @param postFfnNorm of what the feed-forward part adds, or null
/// @param residualScale what both are multiplied by before they are added (Granite, MiniCPM)
public record PreNormLayer(
        RowNorm attnNorm,
        RowMixer mixer,
        @Nullable RowNorm postAttnNorm,
        RowNorm ffnNorm,
        Mlp mlp,
        @Nullable RowNorm postFfnNorm,
        float residualScale)
        implements DecoderLayer {

    /// A plain one.
    public PreNormLayer(RowNorm attnNorm, RowMixer mixer, RowNorm ffnNorm, Mlp mlp) {
        this(attnNorm, mixer, null, ffnNorm, mlp, null, 1);
    }

    @Override
    public void apply(Pass pass, Rows x, Batch batch, int index, Positions.Angles angles) {
        Rows normed = pass.rows("normed", x.rows(), x.width());
        Rows delta = pass.rows("delta", x.rows(), x.width());
        attnNorm.apply(pass, x, normed);
        mixer.apply(pass, normed, batch, index, angles, delta);
        add(pass, x, postAttnNorm, delta);
        pass.trace().rows("ffn_inp", index, x);
        ffnNorm.apply(pass, x, normed);
        mlp.apply(pass, normed, index, delta);
        add(pass, x, postFfnNorm, delta);
        pass.trace().rows("l_out", index, x);
    }

    private void add(Pass pass, Rows x, @Nullable RowNorm norm, Rows delta) {
        if (norm != null) {
            norm.apply(pass, delta, delta);
        }
        x.add(pass, delta.scale(pass, residualScale));
    }

    @Override
    public LayerState newState(int capacity, TensorType kv) {
        return mixer.newState(capacity, kv);
    }

    @Override
    public long bytes(int rows, TensorType kv) {
        return mixer.bytes(rows, kv);
    }
}
