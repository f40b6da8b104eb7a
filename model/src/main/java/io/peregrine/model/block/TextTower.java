package io.peregrine.model.block;

import io.peregrine.kernels.Elementwise;
import java.util.List;

/// A causal transformer over whole texts: tokens with learned positions in, a normalised state for each token out.
/// It keeps no keys and values: a text is encoded once.
///
/// @param positions `[context, dim]`
public record TextTower(TokenEmbedding embedding, float[] positions, List<VitBlock> blocks, RowNorm postNorm) {

    /// Width of the rows that come out.
    public int width() {
        return embedding.table().columns();
    }

    /// The longest text, in tokens.
    public int contextLength() {
        return positions.length / width();
    }

    /// Encodes texts side by side; none sees another.
    ///
    /// @param texts tokens of each, at most [#contextLength]
    /// @param out gets the shape `[tokens of all texts, width]`
    public Rows apply(Pass pass, List<int[]> texts, Rows out) {
        int dim = width();
        int[] lengths = texts.stream().mapToInt(text -> text.length).toArray();
        RowMask mask = RowMask.causal(lengths);
        Rows x = pass.rows("x", mask.to().length, dim); // [rows, dim]
        int row = 0;
        for (int[] text : texts) {
            embedding.apply(text, x, row);
            Elementwise.add(pass.compute(), x.data(), x.offset(row), positions, 0, text.length * dim);
            row += text.length;
        }
        pass.trace().rows("t.embd", Trace.NO_LAYER, x);
        for (int i = 0; i < blocks.size(); i++) {
            pass.step(i, blocks.size());
            blocks.get(i).apply(pass, x, mask, i);
        }
        pass.step(blocks.size(), blocks.size());
        postNorm.apply(pass, x, out);
        pass.trace().rows("t.after_post_ln", Trace.NO_LAYER, out);
        return out;
    }
}
