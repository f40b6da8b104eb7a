package io.peregrine.model.block;

import io.peregrine.kernels.Attention;

/// A block of a pre-norm vision transformer: full attention and a feed-forward part, each added to its input.
///
/// @param q `[dim, dim]`, as `k`, `v` and `out`
public record VitBlock(RowNorm norm1, Linear q, Linear k, Linear v, Linear out, int heads, RowNorm norm2, Mlp mlp) {

    /// Transforms the rows in place; the rows of a view see each other and no others.
    ///
    /// @param x `[views * tokens, dim]`
    /// @param tokens rows of a view
    public void apply(Pass pass, Rows x, int tokens, int layer) {
        int dim = x.width();
        Rows normed = norm1.apply(pass, x, pass.rows("normed", x.rows(), dim));
        Rows queries = pass.rows("q", x.rows(), dim); // [rows, heads, headDim]
        Rows keys = pass.rows("k", x.rows(), dim);
        Rows values = pass.rows("v", x.rows(), dim);
        pass.joint(3, normed).add(q, queries).add(k, keys).add(v, values).apply(pass.compute());
        Rows mixed = pass.rows("mixed", x.rows(), dim);
        for (int first = 0; first < x.rows(); first += tokens) {
            attend(pass, queries, keys, values, x.offset(first), tokens, mixed);
        }
        Rows delta = pass.rows("delta", x.rows(), dim);
        x.add(pass, out.apply(pass, mixed, delta));
        pass.trace().rows("ffn_inp", layer, x);
        norm2.apply(pass, x, normed);
        x.add(pass, mlp.apply(pass, normed, layer, delta));
        pass.trace().rows("l_out", layer, x);
    }

    private void attend(Pass pass, Rows queries, Rows keys, Rows values, int at, int tokens, Rows mixed) {
        int dim = queries.width();
        int headDim = dim / heads;
        float scale = (float) (1 / Math.sqrt(headDim));
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
    }
}
