package io.peregrine.model.block;

import org.jspecify.annotations.Nullable;

/// A layer of BERT (arXiv 1810.04805): attention to each other, to a memory if the layer has that, and a
/// feed-forward part, each added to its input and normalised afterwards.
///
/// @param self attention of the rows to each other
/// @param crossing between the two others, or null
public record PostNormBlock(
        CrossAttention self, RowNorm selfNorm, @Nullable Crossing crossing, Mlp mlp, RowNorm mlpNorm) {

    /// Attention to the memory, and the norm behind it.
    public record Crossing(CrossAttention attention, RowNorm norm) {}

    /// Transforms the rows in place; the rows of a view see each other and their view's memory.
    ///
    /// @param x `[views * rows, dim]`
    /// @param memory `[views * keys, memoryDim]`
    public void apply(Pass pass, Rows x, Rows memory, int views, int layer) {
        Rows delta = pass.rows("delta", x.rows(), x.width());
        x.add(pass, self.apply(pass, x, x, views, delta));
        selfNorm.apply(pass, x, x);
        if (crossing != null) {
            x.add(pass, crossing.attention.apply(pass, x, memory, views, delta));
            crossing.norm.apply(pass, x, x);
        }
        pass.trace().rows("ffn_inp", layer, x);
        x.add(pass, mlp.apply(pass, x, layer, delta));
        mlpNorm.apply(pass, x, x);
        pass.trace().rows("l_out", layer, x);
    }
}
