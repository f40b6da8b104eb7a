package io.peregrine.model.block;

import io.peregrine.kernels.Elementwise;

/// How queries, keys and values come from the rows of a decoder.
public sealed interface HeadProjection {

    /// @param x `[rows, dim]`
    /// @param queries of the shape `[rows, heads * headDim]`
    /// @param keys of the shape `[rows, kvHeads * headDim]`, as `values`
    void apply(Pass pass, Rows x, Rows queries, Rows keys, Rows values);

    /// A layer for each.
    ///
    /// @param q `[heads * headDim, dim]`
    /// @param k `[kvHeads * headDim, dim]`
    /// @param v `[kvHeads * headDim, dim]`
    record Split(Linear q, Linear k, Linear v) implements HeadProjection {

        @Override
        public void apply(Pass pass, Rows x, Rows queries, Rows keys, Rows values) {
            pass.joint(3, x).add(q, queries).add(k, keys).add(v, values).apply(pass.compute());
        }
    }

    /// One layer whose outputs are `[heads, 3, headDim]`: query, key and value of the first head, then of the
    /// second. The product is computed as the matrix is stored, and its rows are sorted afterwards, which
    /// copies a number for each row of the matrix: nothing beside the product.
    ///
    /// @param qkv `[heads * 3 * headDim, dim]`
    record Interleaved(Linear qkv, int headDim) implements HeadProjection {

        @Override
        public void apply(Pass pass, Rows x, Rows queries, Rows keys, Rows values) {
            Rows all = qkv.apply(pass, x, pass.rows("qkv", x.rows(), qkv.out())); // [rows, heads, 3, headDim]
            sort(pass, all, 0, queries);
            sort(pass, all, headDim, keys);
            sort(pass, all, 2 * headDim, values);
        }

        private void sort(Pass pass, Rows all, int offset, Rows out) {
            int heads = out.elements() / headDim;
            Elementwise.copyRows(
                    pass.compute(), all.data(), offset, 3 * headDim, heads, headDim, out.data(), 0, headDim);
        }
    }
}
