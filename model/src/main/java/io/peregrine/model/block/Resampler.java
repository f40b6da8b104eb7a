package io.peregrine.model.block;

import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import org.jspecify.annotations.Nullable;

/// From any number of features to a fixed number of rows: learned queries look once at all features of a view.
///
/// The features are projected and normalised; keys know their places, values do not. Queries know theirs, and
/// are constants of the model: they are projected when it is loaded. One layer of attention, a norm, a
/// projection; no residual, no feed-forward part.
///
/// Sources: arXiv 2308.12966; `visual.py` of the checkpoint `Qwen/Qwen-VL`, `resampler.py` of
/// `openbmb/MiniCPM-V-2_6`.
///
/// @param kv `[dim, in]`, of the features
/// @param queries `[count, dim]`, projected
/// @param attention of `dim` to `dim`
/// @param keyPlaces what the places of features add to the keys
/// @param projection `[out, dim]`
public record Resampler(
        Linear kv,
        RowNorm kvNorm,
        Rows queries,
        CrossAttention attention,
        PatchPlaces keyPlaces,
        RowNorm postNorm,
        Linear projection) {

    /// Projects the queries of the model, `W_q (norm(queries) + positions) + b_q`.
    ///
    /// @param queries `[count, dim]`
    /// @param positions `[count, dim]`, or null for queries that have none
    public static Resampler of(
            Linear kv,
            RowNorm kvNorm,
            float[] queries,
            RowNorm queryNorm,
            float @Nullable [] positions,
            CrossAttention attention,
            PatchPlaces keyPlaces,
            RowNorm postNorm,
            Linear projection) {
        int dim = attention.q().in();
        Rows rows = new Rows().shape(queries.length / dim, dim);
        System.arraycopy(queries, 0, rows.data(), 0, rows.elements());
        try (Workers alone = new Workers(1)) {
            Pass pass = new Pass(new Compute(alone, true), () -> false);
            queryNorm.apply(pass, rows, rows);
            for (int i = 0; positions != null && i < rows.elements(); i++) {
                rows.data()[i] += positions[i];
            }
            rows = attention.q().apply(pass, rows, new Rows());
        }
        return new Resampler(kv, kvNorm, rows, attention, keyPlaces, postNorm, projection);
    }

    /// Width of the rows that come out.
    public int out() {
        return projection.out();
    }

    /// Rows that come out for each view.
    public int count() {
        return queries.rows();
    }

    /// @param features `[views * lines * columns, in]`
    /// @param lines of features of a view
    /// @param columns of features of a view
    /// @param y gets the shape `[views * count, out]`
    public Rows apply(Pass pass, Rows features, int views, int lines, int columns, Rows y) {
        Rows memory = kv.apply(pass, features, pass.rows("resampler_kv", features.rows(), kv.out()));
        kvNorm.apply(pass, memory, memory);
        Rows mixed = pass.rows("resampler", views * count(), attention.out().out());
        attention.applyProjected(pass, queries, memory, keyPlaces.of(lines, columns), views, mixed);
        postNorm.apply(pass, mixed, mixed);
        return projection.apply(pass, mixed, y);
    }
}
