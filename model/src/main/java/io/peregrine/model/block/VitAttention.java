package io.peregrine.model.block;

import io.peregrine.kernels.Attention;
import org.jspecify.annotations.Nullable;

/// Self-attention without a cache, of a vision tower or a text tower.
///
/// @param q `[heads * headDim, dim]`, as `k` and `v`
/// @param queryNorm of all heads of a row together, or null, as `keyNorm`
/// @param out `[dim, heads * headDim]`
public record VitAttention(
        Linear q, Linear k, Linear v, @Nullable RowNorm queryNorm, @Nullable RowNorm keyNorm, Linear out, int heads) {

    /// Without norms.
    public VitAttention(Linear q, Linear k, Linear v, Linear out, int heads) {
        this(q, k, v, null, null, out, heads);
    }

    /// Rows of a sequence see each other, or what the mask shows them.
    ///
    /// @param x `[sequences * length, dim]`
    /// @param length rows of a sequence
    /// @param mask of the rows of a sequence, or null: they see all of it
    /// @param angles of the rows of a sequence, or null
    /// @param y gets the shape of `x`
    Rows apply(Pass pass, Rows x, int length, @Nullable RowMask mask, Positions.@Nullable Angles angles, Rows y) {
        Rows queries = pass.rows("q", x.rows(), q.out()); // [rows, heads, headDim]
        Rows keys = pass.rows("k", x.rows(), k.out());
        Rows values = pass.rows("v", x.rows(), v.out());
        pass.joint(3, x).add(q, queries).add(k, keys).add(v, values).apply(pass.compute());
        if (queryNorm != null) {
            queryNorm.apply(pass, queries, queries);
        }
        if (keyNorm != null) {
            keyNorm.apply(pass, keys, keys);
        }
        Rows mixed = pass.rows("mixed", x.rows(), q.out());
        int headDim = q.out() / heads;
        for (int first = 0; first < x.rows(); first += length) {
            if (angles != null) {
                angles.apply(pass, queries, first, length, headDim);
                angles.apply(pass, keys, first, length, headDim);
            }
            attend(pass, queries, keys, values, queries.offset(first), length, mask, mixed);
        }
        return out.apply(pass, mixed, y);
    }

    private void attend(
            Pass pass, Rows queries, Rows keys, Rows values, int at, int length, @Nullable RowMask mask, Rows mixed) {
        int width = queries.width();
        int headDim = width / heads;
        Attention.masked(
                pass.compute(),
                (float) (1 / Math.sqrt(headDim)),
                heads,
                heads,
                headDim,
                queries.data(),
                at,
                width,
                length,
                keys.data(),
                at,
                width,
                values.data(),
                at,
                width,
                length,
                mask == null ? null : mask.from(),
                mask == null ? null : mask.to(),
                mixed.data(),
                at,
                width);
    }
}
