package io.peregrine.model.block;

import io.peregrine.kernels.Attention;
import io.peregrine.kernels.Elementwise;
import org.jspecify.annotations.Nullable;

/// Cross-attention: the queries of a view look at all rows of its memory, which need not be as wide as they
/// are (arXiv 1706.03762, 3.2). Without a mask; the scale is `1 / sqrt(headDim)`.
///
/// @param q `[width, queryDim]`
/// @param k `[width, memoryDim]`
/// @param v `[width, memoryDim]`
/// @param out `[outDim, width]`
/// @param heads a divisor of `width`
public record CrossAttention(Linear q, Linear k, Linear v, Linear out, int heads) {

    /// @throws IllegalArgumentException if widths do not fit each other
    public CrossAttention {
        int width = q.out();
        if (k.out() != width || v.out() != width || out.in() != width || k.in() != v.in()) {
            throw new IllegalArgumentException("queries of width " + width + ", keys [" + k.out() + ", " + k.in()
                    + "], values [" + v.out() + ", " + v.in() + "], output from " + out.in());
        }
        if (heads <= 0 || width % heads != 0) {
            throw new IllegalArgumentException(heads + " heads of a width of " + width);
        }
    }

    /// Attends with queries of each view's own.
    ///
    /// @param x `[views * queries, queryDim]`
    /// @param memory `[views * keys, memoryDim]`
    /// @param y gets the shape `[views * queries, outDim]`; must not be `x`
    public Rows apply(Pass pass, Rows x, Rows memory, int views, Rows y) {
        int queries = divided(x, views);
        Rows projected = q.apply(pass, x, pass.rows("cross_q", x.rows(), q.out())); // [views * queries, width]
        return attend(pass, projected, queries, memory, null, views, y);
    }

    /// Attends with the same queries for all views, as `q` makes them: where they are constants of the model,
    /// they are made once.
    ///
    /// @param projected `[queries, width]`
    /// @param memory `[views * keys, memoryDim]`
    /// @param places `[keys, memoryDim]`, added to the memory of each view for the keys and not for the values
    /// @param y gets the shape `[views * queries, outDim]`
    public Rows applyProjected(Pass pass, Rows projected, Rows memory, float[] places, int views, Rows y) {
        return attend(pass, projected, 0, memory, places, views, y);
    }

    /// @param step rows from the queries of a view to those of the next; 0 if all have the same
    private Rows attend(
            Pass pass, Rows queries, int step, Rows memory, float @Nullable [] places, int views, Rows y) {
        int keyRows = divided(memory, views);
        int rows = step == 0 ? queries.rows() : step;
        int width = q.out();
        Rows keys = pass.rows("cross_k", memory.rows(), width); // [views * keys, heads, headDim]
        Rows values = pass.rows("cross_v", memory.rows(), width);
        if (places == null) {
            pass.joint(2, memory).add(k, keys).add(v, values).apply(pass.compute());
        } else {
            k.apply(pass, placed(pass, memory, keyRows, places), keys);
            v.apply(pass, memory, values);
        }
        Rows mixed = pass.rows("cross_mixed", Math.multiplyExact(views, rows), width);
        int headDim = width / heads;
        for (int view = 0; view < views; view++) {
            Attention.full(
                    pass.compute(),
                    (float) (1 / Math.sqrt(headDim)),
                    heads,
                    heads,
                    headDim,
                    queries.data(),
                    queries.offset(view * step),
                    width,
                    rows,
                    keys.data(),
                    keys.offset(view * keyRows),
                    width,
                    values.data(),
                    values.offset(view * keyRows),
                    width,
                    keyRows,
                    mixed.data(),
                    mixed.offset(view * rows),
                    width);
        }
        return out.apply(pass, mixed, y);
    }

    private static Rows placed(Pass pass, Rows memory, int keyRows, float[] places) {
        if (places.length != keyRows * memory.width()) {
            throw new IllegalArgumentException(
                    keyRows + " rows of memory for each view, and places for " + places.length / memory.width());
        }
        Rows placed = pass.rows("cross_placed", memory.rows(), memory.width());
        System.arraycopy(memory.data(), 0, placed.data(), 0, memory.elements());
        for (int row = 0; row < memory.rows(); row += keyRows) {
            Elementwise.add(pass.compute(), placed.data(), placed.offset(row), places, 0, places.length);
        }
        return placed;
    }

    private static int divided(Rows rows, int views) {
        if (views <= 0 || rows.rows() == 0 || rows.rows() % views != 0) {
            throw new IllegalArgumentException(rows.rows() + " rows for " + views + " views");
        }
        return rows.rows() / views;
    }
}
