package io.peregrine.model.block;

import io.peregrine.kernels.Attention;
import org.jspecify.annotations.Nullable;

/// A block of a pre-norm transformer without a cache: attention, full or under a mask, and a feed-forward part, each
/// added to its input.
///
/// @param q `[dim, dim]`, as `k`, `v` and `out`
public record VitBlock(RowNorm norm1, Linear q, Linear k, Linear v, Linear out, int heads, RowNorm norm2, Mlp mlp) {

    /// Transforms the rows in place; the rows of a view see each other and no others.
    ///
    /// @param x `[views * tokens, dim]`
    /// @param tokens rows of a view
    public void apply(Pass pass, Rows x, int tokens, int layer) {
        apply(pass, x, tokens, null, layer);
    }

    /// Transforms the rows in place; each row sees the rows that the mask shows it.
    ///
    /// @param x `[rows, dim]`
    /// @param mask of all rows
    public void apply(Pass pass, Rows x, RowMask mask, int layer) {
        apply(pass, x, x.rows(), mask, layer);
    }

    private void apply(Pass pass, Rows x, int tokens, @Nullable RowMask mask, int layer) {
        int dim = x.width();
        Rows normed = norm1.apply(pass, x, pass.rows("normed", x.rows(), dim));
        Rows queries = pass.rows("q", x.rows(), dim); // [rows, heads, headDim]
        Rows keys = pass.rows("k", x.rows(), dim);
        Rows values = pass.rows("v", x.rows(), dim);
        pass.joint(3, normed).add(q, queries).add(k, keys).add(v, values).apply(pass.compute());
        Rows mixed = pass.rows("mixed", x.rows(), dim);
        for (int first = 0; first < x.rows(); first += tokens) {
            attend(pass, queries, keys, values, x.offset(first), tokens, mask, mixed);
        }
        Rows delta = pass.rows("delta", x.rows(), dim);
        x.add(pass, out.apply(pass, mixed, delta));
        pass.trace().rows("ffn_inp", layer, x);
        norm2.apply(pass, x, normed);
        x.add(pass, mlp.apply(pass, normed, layer, delta));
        pass.trace().rows("l_out", layer, x);
    }

    private void attend(
            Pass pass, Rows queries, Rows keys, Rows values, int at, int tokens, @Nullable RowMask mask, Rows mixed) {
        int dim = queries.width();
        int headDim = dim / heads;
        float scale = (float) (1 / Math.sqrt(headDim));
        if (mask == null) {
            Attention.full(
                    pass.compute(),
                    scale,
                    heads,
                    heads,
                    headDim,
                    queries.data(),
                    at,
                    dim,
                    tokens,
                    keys.data(),
                    at,
                    dim,
                    values.data(),
                    at,
                    dim,
                    tokens,
                    mixed.data(),
                    at,
                    dim);
        } else {
            Attention.masked(
                    pass.compute(),
                    scale,
                    heads,
                    heads,
                    headDim,
                    queries.data(),
                    at,
                    dim,
                    tokens,
                    keys.data(),
                    at,
                    dim,
                    values.data(),
                    at,
                    dim,
                    tokens,
                    mask.from(),
                    mask.to(),
                    mixed.data(),
                    at,
                    dim);
        }
    }
}
