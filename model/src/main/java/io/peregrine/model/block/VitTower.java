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
public record VitTower(
        PatchEmbedding embedding,
        @Nullable RowNorm preNorm,
        List<VitBlock> blocks,
        int[] features,
        @Nullable RowNorm postNorm) {

    /// As wide as the tower: the block's own, its input with a norm, q, k, v, what attention mixes, and what is added.
    private static final int ROWS_OF_BLOCK = 7;

    /// Width of the rows that come out.
    public int width() {
        return embedding.kernel().out() * features.length;
    }

    /// Patches of a view.
    public int patches() {
        return embedding.tokens() - embedding.classTokens();
    }

    /// Bytes of scratch that the views of a picture take at once: the rows that go through the blocks, and what each
    /// block makes of them.
    public long scratchBytes(int views) {
        long dim = embedding.kernel().out();
        long ffn = blocks.stream().mapToLong(block -> block.mlp().up().out()).max().orElse(0);
        return Float.BYTES * ((long) views * embedding.tokens() * (ROWS_OF_BLOCK * dim + ffn + width()));
    }

    /// The hidden states of the patches, without the class token.
    ///
    /// @param out gets the shape `[views * patches, width]`
    public Rows apply(Pass pass, List<Pixels> views, Rows out) {
        return apply(pass, views, embedding.classTokens(), out);
    }

    /// The hidden states of all tokens, the class token's first.
    ///
    /// @param out gets the shape `[views * tokens, width]`
    public Rows applyWithClass(Pass pass, List<Pixels> views, Rows out) {
        return apply(pass, views, 0, out);
    }

    /// @param skipped tokens of each view that are left out, from the first
    private Rows apply(Pass pass, List<Pixels> views, int skipped, Rows out) {
        int tokens = embedding.tokens();
        int dim = embedding.kernel().out();
        Rows x = pass.rows("x", views.size() * tokens, dim); // [views * tokens, dim]
        for (int i = 0; i < views.size(); i++) {
            embedding.apply(pass, views.get(i), x, i * tokens);
        }
        pass.trace().rows("v.embd", Trace.NO_LAYER, x);
        if (preNorm != null) {
            preNorm.apply(pass, x, x);
        }
        out.shape(views.size() * (tokens - skipped), width());
        collect(pass, x, 0, skipped, out);
        for (int i = 0; i < blocks.size(); i++) {
            pass.step(i, blocks.size());
            blocks.get(i).apply(pass, x, tokens, i);
            collect(pass, x, i + 1, skipped, out);
        }
        pass.step(blocks.size(), blocks.size());
        return out;
    }

    private void collect(Pass pass, Rows x, int depth, int skipped, Rows out) {
        for (int f = 0; f < features.length; f++) {
            if (features[f] == depth) {
                copy(normed(pass, x, depth), skipped, out, f * x.width());
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

    private void copy(Rows x, int skipped, Rows out, int column) {
        int tokens = embedding.tokens();
        int kept = tokens - skipped;
        for (int row = 0; row < out.rows(); row++) {
            int from = row / kept * tokens + skipped + row % kept;
            System.arraycopy(x.data(), x.offset(from), out.data(), out.offset(row) + column, x.width());
        }
    }
}
