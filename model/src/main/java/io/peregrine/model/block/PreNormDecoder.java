package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;
import java.util.List;

/// A language model of pre-norm layers with rotary positions: attention, then a feed-forward part, each from
/// normalised rows and added to them; a norm and an output matrix behind the last layer.
///
/// Nearly all decoders are this with other norms, matrices and positions (`llama`, `qwen`, ...).
public final class PreNormDecoder implements Decoder {

    /// A layer.
    public record Layer(RowNorm attnNorm, SelfAttention attention, RowNorm ffnNorm, Mlp mlp) {}

    private final TokenEmbedding embedding;
    private final List<Layer> layers;
    private final Positions positions;
    private final RowNorm norm;
    private final Linear head;
    private final int context;
    private final int window;

    /// @param layers at least one, all with keys and values of the same shape
    /// @param norm of the rows whose logits are wanted
    /// @param head `[vocab, dim]`
    /// @param context the longest sequence that it was trained for
    public PreNormDecoder(
            TokenEmbedding embedding, List<Layer> layers, Positions positions, RowNorm norm, Linear head, int context) {
        this(embedding, layers, positions, norm, head, context, Integer.MAX_VALUE);
    }

    private PreNormDecoder(
            TokenEmbedding embedding,
            List<Layer> layers,
            Positions positions,
            RowNorm norm,
            Linear head,
            int context,
            int window) {
        this.embedding = embedding;
        this.layers = List.copyOf(layers);
        this.positions = positions;
        this.norm = norm;
        this.head = head;
        this.context = context;
        this.window = window;
    }

    /// The same, but each row sees so many rows of its sequence, the last of which is itself.
    ///
    /// @param rows at least 1
    public PreNormDecoder withWindow(int rows) {
        return new PreNormDecoder(embedding, layers, positions, norm, head, context, rows);
    }

    @Override
    public void forward(Pass pass, Batch batch, int[] wanted, Rows logits) {
        Trace trace = pass.trace();
        int dim = dim();
        Rows x = embedding.apply(batch, pass.rows("x", batch.rows(), dim)); // [rows, dim]
        trace.rows("embd", Trace.NO_LAYER, x);
        for (int i = 0; i < batch.spans(); i++) {
            batch.span(i).limit(window);
        }
        Positions.Angles angles = positions.at(pass, batch);
        Rows normed = pass.rows("normed", batch.rows(), dim);
        Rows delta = pass.rows("delta", batch.rows(), dim);
        for (int i = 0; i < layers.size(); i++) {
            pass.checkCancelled();
            Layer layer = layers.get(i);
            layer.attnNorm.apply(pass, x, normed);
            x.add(pass, layer.attention.apply(pass, normed, batch, i, angles, delta));
            trace.rows("ffn_inp", i, x);
            layer.ffnNorm.apply(pass, x, normed);
            x.add(pass, layer.mlp.apply(pass, normed, i, delta));
            trace.rows("l_out", i, x);
        }
        batch.commit();
        Rows last = x.select(wanted, pass.rows("last", wanted.length, dim)); // [wanted, dim]
        norm.apply(pass, last, last);
        trace.rows("result_norm", Trace.NO_LAYER, last);
        head.apply(pass, last, logits); // [wanted, vocab]
        trace.rows("result_output", Trace.NO_LAYER, logits);
    }

    @Override
    public int dim() {
        return embedding.table().columns();
    }

    @Override
    public int vocab() {
        return embedding.table().rows();
    }

    @Override
    public int contextLength() {
        return context;
    }

    @Override
    public int variant(int promptRows) {
        return positions.variant(promptRows);
    }

    @Override
    public long bytesPerRow(TensorType kv) {
        SelfAttention first = layers.getFirst().attention;
        return SequenceState.bytesPerRow(layers.size(), first.kvHeads(), first.headDim(), kv);
    }

    @Override
    public SequenceState newSequence(int capacity, TensorType kv) {
        SelfAttention first = layers.getFirst().attention;
        return new SequenceState(layers.size(), first.kvHeads(), first.headDim(), capacity, kv);
    }
}
