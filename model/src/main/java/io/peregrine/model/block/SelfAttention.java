package io.peregrine.model.block;

import io.peregrine.kernels.Attention;

/// Self-attention of a decoder with a key-value cache: grouped queries (arXiv 2305.13245), rotary positions.
///
/// @param q `[heads * headDim, dim]`
/// @param k `[kvHeads * headDim, dim]`
/// @param v `[kvHeads * headDim, dim]`
/// @param out `[dim, heads * headDim]`
public record SelfAttention(
        Linear q, Linear k, Linear v, Linear out, int heads, int kvHeads, int headDim, float scale) {

    /// Binds `prefix_q`, `prefix_k`, `prefix_v` and `prefix_output`, with biases where they are there; the
    /// scale is `1 / sqrt(headDim)`.
    public static SelfAttention bind(Weights w, String prefix, int dim, int heads, int kvHeads, int headDim) {
        return new SelfAttention(
                w.linear(prefix + "_q", dim, heads * headDim),
                w.linear(prefix + "_k", dim, kvHeads * headDim),
                w.linear(prefix + "_v", dim, kvHeads * headDim),
                w.linear(prefix + "_output", heads * headDim, dim),
                heads,
                kvHeads,
                headDim,
                (float) (1 / Math.sqrt(headDim)));
    }

    /// Binds `prefix_qkv`, the rows of queries, keys and values one block after the other, and
    /// `prefix_output`; otherwise as [#bind].
    public static SelfAttention bindFused(Weights w, String prefix, int dim, int heads, int kvHeads, int headDim) {
        String fused = prefix + "_qkv";
        int queries = heads * headDim;
        int keys = kvHeads * headDim;
        int rows = queries + 2 * keys;
        return new SelfAttention(
                w.linearRows(fused, dim, rows, 0, queries),
                w.linearRows(fused, dim, rows, queries, keys),
                w.linearRows(fused, dim, rows, queries + keys, keys),
                w.linear(prefix + "_output", queries, dim),
                heads,
                kvHeads,
                headDim,
                (float) (1 / Math.sqrt(headDim)));
    }

    /// Stores the keys and values of the batch and attends.
    ///
    /// @param x `[rows, dim]`
    /// @param angles of the rows of the batch
    /// @param y gets the shape `[rows, dim]`
    public Rows apply(Pass pass, Rows x, Batch batch, int layer, Positions.Angles angles, Rows y) {
        Rows queries = pass.rows("q", x.rows(), q.out()); // [rows, heads, headDim]
        Rows keys = pass.rows("k", x.rows(), k.out()); // [rows, kvHeads, headDim]
        Rows values = pass.rows("v", x.rows(), v.out());
        pass.joint(3, x).add(q, queries).add(k, keys).add(v, values).apply(pass.compute());
        angles.applyToQueries(pass, queries, headDim);
        angles.applyToKeys(pass, keys, headDim);
        pass.trace().rows("attn_q", layer, queries);
        pass.trace().rows("attn_k", layer, keys);
        pass.trace().rows("attn_v", layer, values);
        Rows mixed = pass.rows("mixed", x.rows(), q.out());
        for (int i = 0; i < batch.spans(); i++) {
            attend(pass, batch.span(i), layer, queries, keys, values, mixed);
        }
        pass.trace().rows("attn_mixed", layer, mixed);
        return out.apply(pass, mixed, y);
    }

    private void attend(Pass pass, Batch.Span span, int layer, Rows queries, Rows keys, Rows values, Rows mixed) {
        int row = span.firstRow();
        span.state()
                .layer(layer)
                .store(
                        pass.compute(),
                        span.firstSlot(),
                        span.rows(),
                        keys.data(),
                        keys.offset(row),
                        keys.width(),
                        values.data(),
                        values.offset(row),
                        values.width());
        Attention.cached(
                pass.compute(),
                span.state().layer(layer),
                scale,
                queries.data(),
                queries.offset(row),
                queries.width(),
                span.rows(),
                heads,
                span.from(),
                span.to(),
                mixed.data(),
                mixed.offset(row),
                mixed.width());
    }
}
