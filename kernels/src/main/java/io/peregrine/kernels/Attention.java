package io.peregrine.kernels;

import io.peregrine.kernels.vector.Tiles;
import org.jspecify.annotations.Nullable;

/// Scaled dot-product attention with an online softmax; grouped queries (GQA) share the keys of a head.
///
/// Scores and sums are f32, also over a cache of F16. A result does not depend on the number of threads. A number that
/// is not finite in a key or value that one row sees may reach other rows of the same call.
public final class Attention {

    private Attention() {}

    /// Attention of `rows` queries over a cache: query `r` sees positions `from[r] .. to[r]` (exclusive), which
    /// expresses causal masks, sliding windows and bidirectional blocks alike.
    ///
    /// @param q `[rows, heads, headDim]` from `qOffset`, rows `qStride` apart; `heads` is a multiple of `kvHeads`
    /// @param from `[rows]`, first visible position
    /// @param to `[rows]`, position after the last visible one; at least one position is visible
    /// @param out `[rows, heads, headDim]` from `outOffset`, rows `outStride` apart; may be `q` itself
    /// @throws IllegalArgumentException if an array is too short, heads do not divide, or a row sees nothing or
    ///     positions that are not stored
    public static void cached(
            Compute compute,
            KvCache cache,
            float scale,
            float[] q,
            int qOffset,
            int qStride,
            int rows,
            int heads,
            int[] from,
            int[] to,
            float[] out,
            int outOffset,
            int outStride) {
        int kvHeads = cache.kvHeads();
        int headDim = cache.headDim();
        checkRows(heads, kvHeads, headDim, rows, q, qOffset, qStride, out, outOffset, outStride);
        checkMask(rows, from, to, cache.first(), cache.positions());
        if (rows == 0) {
            return;
        }
        if (!compute.vectors) {
            compute.plainAttention.start(
                    cache.keyValues(), kvHeads, headDim, scale, q, qOffset, qStride, rows, heads, from, to,
                    cache.positions(), out, outOffset, outStride);
        } else if (rows == 1 || rows * (heads / kvHeads) < Tiles.BLOCK / 2) {
            compute.tokenAttention.start(
                    cache, scale, q, qOffset, qStride, rows, heads, from, to, out, outOffset, outStride);
        } else {
            compute.tiledAttention.start(
                    cache.keyValues(), kvHeads, headDim, scale, q, qOffset, qStride, rows, heads, from, to,
                    cache.positions(), out, outOffset, outStride);
        }
    }

    /// Attention of `rows` queries over `keys` keys that are at hand as activations, without a mask between them:
    /// an image encoder, or cross attention.
    ///
    /// @param q `[rows, heads, headDim]` from `qOffset`, rows `qStride` apart
    /// @param k `[keys, kvHeads, headDim]` from `kOffset`, rows `kStride` apart
    /// @param v `[keys, kvHeads, headDim]` from `vOffset`, rows `vStride` apart
    /// @param out `[rows, heads, headDim]` from `outOffset`, rows `outStride` apart; may be `q` itself, but must not
    ///     overlap keys or values
    /// @throws IllegalArgumentException if an array is too short, heads do not divide, or there are no keys
    public static void full(
            Compute compute,
            float scale,
            int heads,
            int kvHeads,
            int headDim,
            float[] q,
            int qOffset,
            int qStride,
            int rows,
            float[] k,
            int kOffset,
            int kStride,
            float[] v,
            int vOffset,
            int vStride,
            int keys,
            float[] out,
            int outOffset,
            int outStride) {
        masked(
                compute, scale, heads, kvHeads, headDim, q, qOffset, qStride, rows, k, kOffset, kStride, v, vOffset,
                vStride, keys, null, null, out, outOffset, outStride);
    }

    /// Attention of `rows` queries over `keys` keys that are at hand as activations: an image encoder, or cross
    /// attention. With a mask, query `r` sees keys `from[r] .. to[r]` (exclusive): one call does for several sequences
    /// side by side, each of which sees itself alone, forwards or whole. Without, every query sees all keys.
    ///
    /// @param q `[rows, heads, headDim]` from `qOffset`, rows `qStride` apart
    /// @param k `[keys, kvHeads, headDim]` from `kOffset`, rows `kStride` apart
    /// @param v `[keys, kvHeads, headDim]` from `vOffset`, rows `vStride` apart
    /// @param from `[rows]`, first visible key, or null: no mask
    /// @param to `[rows]`, key after the last visible one; at least one key is visible; null if `from` is
    /// @param out `[rows, heads, headDim]` from `outOffset`, rows `outStride` apart; may be `q` itself, but must not
    ///     overlap keys or values
    /// @throws IllegalArgumentException if an array is too short, heads do not divide, there are no keys, or a row sees
    ///     nothing or keys that are not there
    public static void masked(
            Compute compute,
            float scale,
            int heads,
            int kvHeads,
            int headDim,
            float[] q,
            int qOffset,
            int qStride,
            int rows,
            float[] k,
            int kOffset,
            int kStride,
            float[] v,
            int vOffset,
            int vStride,
            int keys,
            int @Nullable [] from,
            int @Nullable [] to,
            float[] out,
            int outOffset,
            int outStride) {
        Checks.positive("kvHeads", kvHeads);
        Checks.positive("headDim", headDim);
        Checks.positive("keys", keys);
        if (from != null && to != null) {
            checkMask(rows, from, to, 0, keys);
        }
        checkRows(heads, kvHeads, headDim, rows, q, qOffset, qStride, out, outOffset, outStride);
        Checks.rows("k", k.length, kOffset, kStride, keys, Math.multiplyExact(kvHeads, headDim));
        Checks.rows("v", v.length, vOffset, vStride, keys, Math.multiplyExact(kvHeads, headDim));
        if (rows == 0) {
            return;
        }
        KeyValueRows keyValues = compute.keyValueRows;
        keyValues.set(headDim, k, kOffset, kStride, v, vOffset, vStride);
        if (compute.vectors) {
            compute.tiledAttention.start(
                    keyValues, kvHeads, headDim, scale, q, qOffset, qStride, rows, heads, from, to, keys, out,
                    outOffset, outStride);
        } else {
            compute.plainAttention.start(
                    keyValues, kvHeads, headDim, scale, q, qOffset, qStride, rows, heads, from, to, keys, out,
                    outOffset, outStride);
        }
    }

    private static void checkMask(int rows, int[] from, int[] to, int first, int positions) {
        Checks.range("from", from.length, 0, rows);
        Checks.range("to", to.length, 0, rows);
        for (int r = 0; r < rows; r++) {
            if (from[r] < first || from[r] >= to[r] || to[r] > positions) {
                throw new IllegalArgumentException("row " + r + " sees positions " + from[r] + " to " + to[r]
                        + ", expected at least one of the " + positions + " stored"
                        + (first == 0 ? "" : ", of which those before " + first + " are forgotten"));
            }
        }
    }

    private static void checkRows(
            int heads,
            int kvHeads,
            int headDim,
            int rows,
            float[] q,
            int qOffset,
            int qStride,
            float[] out,
            int outOffset,
            int outStride) {
        if (heads <= 0 || heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    heads + " query heads, expected a multiple of the " + kvHeads + " heads of keys and values");
        }
        int length = Math.multiplyExact(heads, headDim);
        Checks.rows("q", q.length, qOffset, qStride, rows, length);
        Checks.rows("out", out.length, outOffset, outStride, rows, length);
    }
}
