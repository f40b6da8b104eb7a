package io.peregrine.model.block;

import io.peregrine.kernels.Elementwise;
import org.jspecify.annotations.Nullable;

/// A block of a pre-norm transformer without a cache: attention and a feed-forward part, each added to its input.
///
/// @param windowed whether its rows see their windows only, in towers that have these
/// @param scale1 `[dim]`, what each element that attention adds is multiplied by (layer scale, arXiv 2103.17239), or
///     null
/// @param scale2 likewise for the feed-forward part
public record VitBlock(
        RowNorm norm1,
        VitAttention attention,
        boolean windowed,
        float @Nullable [] scale1,
        RowNorm norm2,
        Mlp mlp,
        float @Nullable [] scale2) {

    /// A plain one.
    public VitBlock(RowNorm norm1, VitAttention attention, RowNorm norm2, Mlp mlp) {
        this(norm1, attention, false, null, norm2, mlp, null);
    }

    /// The same, whose rows see their windows only.
    public VitBlock inWindows() {
        return new VitBlock(norm1, attention, true, scale1, norm2, mlp, scale2);
    }

    /// Transforms the rows in place; the rows of a view see each other and no others.
    ///
    /// @param x `[views * tokens, dim]`
    /// @param tokens rows of a view
    /// @param plan of the views
    public void apply(Pass pass, Rows x, int tokens, ViewPlan plan, int layer) {
        apply(pass, x, tokens, windowed ? plan.windows() : null, plan.angles(), layer);
    }

    /// Transforms the rows in place; each row sees the rows that the mask shows it.
    ///
    /// @param x `[rows, dim]`
    /// @param mask of all rows
    public void apply(Pass pass, Rows x, RowMask mask, int layer) {
        apply(pass, x, x.rows(), mask, null, layer);
    }

    private void apply(
            Pass pass, Rows x, int tokens, @Nullable RowMask mask, Positions.@Nullable Angles angles, int layer) {
        Rows normed = norm1.apply(pass, x, pass.rows("normed", x.rows(), x.width()));
        Rows delta = pass.rows("delta", x.rows(), x.width());
        attention.apply(pass, normed, tokens, mask, angles, delta);
        add(pass, x, delta, scale1);
        pass.trace().rows("ffn_inp", layer, x);
        norm2.apply(pass, x, normed);
        mlp.apply(pass, normed, layer, delta);
        add(pass, x, delta, scale2);
        pass.trace().rows("l_out", layer, x);
    }

    private static void add(Pass pass, Rows x, Rows delta, float @Nullable [] scale) {
        if (scale == null) {
            x.add(pass, delta);
        } else {
            Elementwise.addScaled(pass.compute(), x.data(), 0, delta.data(), 0, scale, x.rows(), x.width());
        }
    }
}
