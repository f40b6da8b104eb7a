package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Attention;
import io.peregrine.kernels.KvCache;
import org.jspecify.annotations.Nullable;

/// Self-attention of a decoder with a key-value cache: grouped queries (arXiv 2305.13245), rotary positions,
/// and norms of each head's queries and keys before them where the model has these.
///
/// @param queryNorm of `headDim` elements, or null, as `keyNorm`
/// @param out `[dim, heads * headDim]`
/// @param scale of the products of queries and keys
/// @param window rows of its sequence that a row sees at most, the last of which is itself, beside rows of its own
///     picture; [Integer#MAX_VALUE] for all
public record SelfAttention(
        HeadProjection projection,
        @Nullable RowNorm queryNorm,
        @Nullable RowNorm keyNorm,
        Linear out,
        int heads,
        int kvHeads,
        int headDim,
        float scale,
        int window)
        implements RowMixer {

    /// Bytes of a key and a value in a cache.
    private static final int KEY_AND_VALUE = 2;

    /// Without norms; the scale is `1 / sqrt(headDim)`.
    private SelfAttention(HeadProjection projection, Linear out, int heads, int kvHeads, int headDim) {
        this(projection, null, null, out, heads, kvHeads, headDim, (float) (1 / Math.sqrt(headDim)), Integer.MAX_VALUE);
    }

    /// Binds `prefix_q`, `prefix_k`, `prefix_v` and `prefix_output`, with biases where they are there; the
    /// scale is `1 / sqrt(headDim)`.
    public static SelfAttention bind(Weights w, String prefix, int dim, int heads, int kvHeads, int headDim) {
        HeadProjection projection = new HeadProjection.Split(
                w.linear(prefix + "_q", dim, heads * headDim),
                w.linear(prefix + "_k", dim, kvHeads * headDim),
                w.linear(prefix + "_v", dim, kvHeads * headDim));
        return new SelfAttention(projection, w.linear(prefix + "_output", heads * headDim, dim), heads, kvHeads, headDim);
    }

    /// Binds `prefix_qkv`, the rows of queries, keys and values one block after the other, and
    /// `prefix_output`; otherwise as [#bind].
    public static SelfAttention bindFused(Weights w, String prefix, int dim, int heads, int kvHeads, int headDim) {
        String fused = prefix + "_qkv";
        int queries = heads * headDim;
        int keys = kvHeads * headDim;
        int rows = queries + 2 * keys;
        HeadProjection projection = new HeadProjection.Split(
                w.linearRows(fused, dim, rows, 0, queries),
                w.linearRows(fused, dim, rows, queries, keys),
                w.linearRows(fused, dim, rows, queries + keys, keys));
        return new SelfAttention(projection, w.linear(prefix + "_output", queries, dim), heads, kvHeads, headDim);
    }

    /// Binds `prefix_qkv`, whose rows are query, key and value of each head in turn, and `prefix_output`; or,
    /// if the file has that instead, what [#bind] does.
    public static SelfAttention bindInterleaved(Weights w, String prefix, int dim, int heads, int headDim) {
        if (!w.has(prefix + "_qkv.weight")) {
            return bind(w, prefix, dim, heads, heads, headDim);
        }
        Linear qkv = w.linear(prefix + "_qkv", dim, Math.multiplyExact(3 * heads, headDim));
        Linear out = w.linear(prefix + "_output", heads * headDim, dim);
        return new SelfAttention(new HeadProjection.Interleaved(qkv, headDim), out, heads, heads, headDim);
    }

    /// The same with norms of each head.
    public SelfAttention withNorms(RowNorm queries, RowNorm keys) {
        return new SelfAttention(projection, queries, keys, out, heads, kvHeads, headDim, scale, window);
    }

    /// The same with another scale.
    public SelfAttention withScale(float other) {
        return new SelfAttention(projection, queryNorm, keyNorm, out, heads, kvHeads, headDim, other, window);
    }

    /// The same with a window.
    ///
    /// @param rows at least 1
    public SelfAttention withWindow(int rows) {
        return new SelfAttention(projection, queryNorm, keyNorm, out, heads, kvHeads, headDim, scale, rows);
    }

    @Override
    public LayerState newState(int capacity, TensorType kv) {
        return KeyValueState.of(kvHeads, headDim, capacity, kv, window);
    }

    @Override
    public long bytes(int rows, TensorType kv) {
        long row = Math.multiplyExact((long) KEY_AND_VALUE * kvHeads, kv.rowBytes(headDim));
        return Math.multiplyExact(KeyValueState.mostRows(rows, window), row);
    }

    @Override
    public Rows apply(Pass pass, Rows x, Batch batch, int layer, Positions.Angles angles, Rows y) {
        Rows queries = pass.rows("q", x.rows(), heads * headDim); // [rows, heads, headDim]
        Rows keys = pass.rows("k", x.rows(), kvHeads * headDim); // [rows, kvHeads, headDim]
        Rows values = pass.rows("v", x.rows(), kvHeads * headDim);
        projection.apply(pass, x, queries, keys, values);
        normalise(pass, queryNorm, queries);
        normalise(pass, keyNorm, keys);
        angles.applyToQueries(pass, queries, headDim);
        angles.applyToKeys(pass, keys, headDim);
        pass.trace().rows("attn_q", layer, queries);
        pass.trace().rows("attn_k", layer, keys);
        pass.trace().rows("attn_v", layer, values);
        Rows mixed = pass.rows("mixed", x.rows(), queries.width());
        for (int i = 0; i < batch.spans(); i++) {
            attend(pass, batch.span(i), layer, queries, keys, values, mixed);
        }
        pass.trace().rows("attn_mixed", layer, mixed);
        return out.apply(pass, mixed, y);
    }

    /// Each head by itself.
    private void normalise(Pass pass, @Nullable RowNorm norm, Rows x) {
        if (norm != null) {
            int rows = x.rows();
            int width = x.width();
            norm.apply(pass, x.regroup(rows * (width / headDim), headDim), x);
            x.regroup(rows, width);
        }
    }

    private void attend(Pass pass, Batch.Span span, int layer, Rows queries, Rows keys, Rows values, Rows mixed) {
        int row = span.firstRow();
        KeyValueState state = span.state().layer(layer, KeyValueState.class);
        state.makeRoom(span.firstSlot(), span.rows());
        KvCache cache = state.cache();
        cache.store(
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
                cache,
                scale,
                queries.data(),
                queries.offset(row),
                queries.width(),
                span.rows(),
                heads,
                span.from(window),
                span.to(),
                mixed.data(),
                mixed.offset(row),
                mixed.width());
    }
}
