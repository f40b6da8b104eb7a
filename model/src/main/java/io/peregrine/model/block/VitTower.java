package io.peregrine.model.block;

import io.peregrine.model.image.Pixels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A pre-norm vision transformer: views in, hidden states of chosen depths out.
///
/// @param preNorm before the first block, or null
/// @param blocks all blocks that are needed for `features`
/// @param features depths whose hidden states are wanted, 0 being the input of the first block and `k` the
///     output of block `k - 1`; several are put side by side
/// @param postNorm applied to the wanted hidden states, or null
/// @param plans what blocks have to know of a view of some size
public record VitTower(
        PatchEmbedding embedding,
        @Nullable RowNorm preNorm,
        List<VitBlock> blocks,
        int[] features,
        @Nullable RowNorm postNorm,
        ViewPlan.Source plans) {

    /// As wide as the tower: the block's own, its input with a norm, q, k, v, what attention mixes, and what is added.
    private static final int ROWS_OF_BLOCK = 7;

    /// A tower whose blocks see all of a view and know nothing of places.
    public VitTower(
            PatchEmbedding embedding,
            @Nullable RowNorm preNorm,
            List<VitBlock> blocks,
            int[] features,
            @Nullable RowNorm postNorm) {
        this(embedding, preNorm, blocks, features, postNorm, (lines, columns) -> ViewPlan.NONE);
    }

    /// Width of the rows that come out.
    public int width() {
        return embedding.kernel().out() * features.length;
    }

    /// Bytes of scratch that views take at once: the rows that go through the blocks, and what each block makes of
    /// them.
    ///
    /// @param tokens rows of all views together
    public long scratchBytes(long tokens) {
        long dim = embedding.kernel().out();
        long ffn = blocks.stream().mapToLong(block -> block.mlp().scratchWidth()).max().orElse(0);
        return Float.BYTES * (tokens * (ROWS_OF_BLOCK * dim + ffn + width()));
    }

    /// The hidden states of the patches, line by line, without the class token.
    ///
    /// @param views of one size
    /// @param out gets the shape `[views * patches, width]`
    public Rows apply(Pass pass, List<Pixels> views, Rows out) {
        return apply(pass, views, embedding.classTokens(), out);
    }

    /// The hidden states of all tokens, the class token's first.
    ///
    /// @param views of one size
    /// @param out gets the shape `[views * tokens, width]`
    public Rows applyWithClass(Pass pass, List<Pixels> views, Rows out) {
        return apply(pass, views, 0, out);
    }

    /// @param skipped tokens of each view that are left out, from the first
    private Rows apply(Pass pass, List<Pixels> views, int skipped, Rows out) {
        Pixels first = views.getFirst();
        int patch = embedding.patch();
        ViewPlan plan = plans.of(first.height() / patch, first.width() / patch);
        int tokens = embedding.tokens(first);
        Rows x = enter(pass, views, plan, tokens); // [views * tokens, dim]
        pass.trace().rows("v.embd", Trace.NO_LAYER, x);
        if (preNorm != null) {
            preNorm.apply(pass, x, x);
        }
        out.shape(views.size() * (tokens - skipped), width());
        collect(pass, x, 0, tokens, skipped, plan, out);
        for (int i = 0; i < blocks.size(); i++) {
            pass.step(i, blocks.size());
            blocks.get(i).apply(pass, x, tokens, plan, i);
            collect(pass, x, i + 1, tokens, skipped, plan, out);
        }
        pass.step(blocks.size(), blocks.size());
        return out;
    }

    private Rows enter(Pass pass, List<Pixels> views, ViewPlan plan, int tokens) {
        Rows x = pass.rows("x", views.size() * tokens, embedding.kernel().out());
        Rows entered = plan.order() == null ? x : pass.rows("x.lines", x.rows(), x.width());
        for (int i = 0; i < views.size(); i++) {
            embedding.apply(pass, views.get(i), entered, i * tokens);
        }
        int[] order = plan.order();
        if (order != null) {
            for (int row = 0; row < x.rows(); row++) {
                copy(entered, row / tokens * tokens + inLines(order, row % tokens), x, row, 0);
            }
        }
        return x;
    }

    /// The place line by line of row `row` of a view; class tokens stay in front.
    private int inLines(int @Nullable [] order, int row) {
        int front = embedding.classTokens();
        return order == null || row < front ? row : front + order[row - front];
    }

    private void collect(Pass pass, Rows x, int depth, int tokens, int skipped, ViewPlan plan, Rows out) {
        for (int f = 0; f < features.length; f++) {
            if (features[f] == depth) {
                Rows state = normed(pass, x, depth);
                for (int row = 0; row < x.rows(); row++) {
                    int at = inLines(plan.order(), row % tokens) - skipped;
                    if (at >= 0) {
                        copy(state, row, out, row / tokens * (tokens - skipped) + at, f * x.width());
                    }
                }
            }
        }
    }

    private Rows normed(Pass pass, Rows x, int depth) {
        if (postNorm == null) {
            return x;
        }
        Rows state = postNorm.apply(pass, x, pass.rows("v.post", x.rows(), x.width()));
        pass.trace().rows("v.after_post_ln", depth, state);
        return state;
    }

    private static void copy(Rows from, int row, Rows to, int at, int column) {
        System.arraycopy(from.data(), from.offset(row), to.data(), to.offset(at) + column, from.width());
    }
}
