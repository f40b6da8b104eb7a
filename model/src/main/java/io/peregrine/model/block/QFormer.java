package io.peregrine.model.block;

import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import java.util.List;

/// The querying transformer of BLIP-2 (arXiv 2301.12597, 3.1): a fixed number of learned queries gather from
/// the rows of a picture what they are for.
///
/// @param queries `[queries, dim]`, the same for every picture: the learned ones behind their norm
/// @param layers at least one
public record QFormer(float[] queries, List<PostNormBlock> layers) {

    /// With the queries as they were learned: what their norm makes of them does not depend on the picture,
    /// and is computed now.
    public static QFormer of(float[] learned, RowNorm norm, List<PostNormBlock> layers) {
        int dim = layers.getFirst().self().q().in();
        Rows rows = new Rows().shape(learned.length / dim, dim);
        System.arraycopy(learned, 0, rows.data(), 0, rows.elements());
        try (Workers alone = new Workers(1)) {
            norm.apply(new Pass(new Compute(alone, true), () -> false), rows, rows);
        }
        return new QFormer(rows.toArray(), layers);
    }

    /// Width of the rows that come out.
    public int dim() {
        return layers.getFirst().self().q().in();
    }

    /// Rows that come out for each view.
    public int tokens() {
        return queries.length / dim();
    }

    /// @param memory `[views * keys, memoryDim]`
    /// @param out gets the shape `[views * tokens, dim]`; must not be `memory`
    public Rows apply(Pass pass, Rows memory, int views, Rows out) {
        out.shape(Math.multiplyExact(views, tokens()), dim());
        for (int view = 0; view < views; view++) {
            System.arraycopy(queries, 0, out.data(), view * queries.length, queries.length);
        }
        for (int i = 0; i < layers.size(); i++) {
            pass.checkCancelled();
            layers.get(i).apply(pass, out, memory, views, i);
        }
        pass.trace().rows("v.qformer", Trace.NO_LAYER, out);
        return out;
    }
}
