package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Elementwise;
import java.util.List;

/// A language model of residual layers with rotary positions; a norm and an output matrix behind the last layer.
///
/// Nearly all decoders are this with other layers, norms, matrices and positions (`llama`, `qwen`, ...).
public final class PreNormDecoder implements Decoder {

    private final TokenEmbedding embedding;
    private final List<DecoderLayer> layers;

    /// Each once.
    private final List<Positions> positions;

    /// Which of the positions each layer has.
    private final int[] positionOf;

    private final RowNorm norm;
    private final Linear head;
    private final Traits traits;

    /// What the rare ones have beside.
    ///
    /// @param context the longest sequence that it was trained for
    /// @param axes as [Decoder#axes]
    /// @param wholeBlocks as [Decoder#seesWholeBlocks]
    /// @param deepstack how many layers, from the first, add a part of the rows of pictures to their result
    /// @param embeddingScale what rows of tokens are multiplied by
    /// @param pictureScale what rows of pictures are multiplied by
    /// @param logitScale what logits are multiplied by
    public record Traits(
            int context,
            int axes,
            boolean wholeBlocks,
            int deepstack,
            float embeddingScale,
            float pictureScale,
            float logitScale) {

        /// Those of one whose rows of pictures enter as they are.
        public Traits(
                int context, int axes, boolean wholeBlocks, int deepstack, float embeddingScale, float logitScale) {
            this(context, axes, wholeBlocks, deepstack, embeddingScale, 1, logitScale);
        }

        /// Those of a plain one.
        public static Traits plain(int context) {
            return new Traits(context, 1, false, 0, 1, 1);
        }
    }

    /// A layer with the positions that it works with.
    public record Stage(DecoderLayer layer, Positions positions) {}

    /// Layers that all work with the same positions.
    public static List<Stage> stages(List<? extends DecoderLayer> layers, Positions positions) {
        return layers.stream().map(layer -> new Stage(layer, positions)).toList();
    }

    /// @param layers at least one
    /// @param norm of the rows whose logits are wanted
    /// @param head `[vocab, dim]`
    public PreNormDecoder(TokenEmbedding embedding, List<Stage> layers, RowNorm norm, Linear head, Traits traits) {
        this.embedding = embedding;
        this.layers = layers.stream().map(Stage::layer).toList();
        this.positions = layers.stream().map(Stage::positions).distinct().toList();
        this.positionOf = layers.stream()
                .mapToInt(stage -> positions.indexOf(stage.positions()))
                .toArray();
        this.norm = norm;
        this.head = head;
        this.traits = traits;
    }

    @Override
    public void forward(Pass pass, Batch batch, int[] wanted, Rows logits) {
        Trace trace = pass.trace();
        int dim = dim();
        Rows x = pass.rows("x", batch.rows(), dim); // [rows, dim]
        embedding.apply(pass, batch, traits.embeddingScale, traits.pictureScale, x);
        trace.rows("embd", Trace.NO_LAYER, x);
        Positions.Angles[] angles = angles(pass, batch);
        for (int i = 0; i < layers.size(); i++) {
            pass.checkCancelled();
            layers.get(i).apply(pass, x, batch, i, angles[positionOf[i]]);
            if (i < traits.deepstack) {
                addPictures(pass, batch, (i + 1) * dim, x);
            }
        }
        batch.commit();
        Rows last = x.select(wanted, pass.rows("last", wanted.length, dim)); // [wanted, dim]
        norm.apply(pass, last, last);
        trace.rows("result_norm", Trace.NO_LAYER, last);
        head.apply(pass, last, logits); // [wanted, vocab]
        logits.scale(pass, traits.logitScale);
        trace.rows("result_output", Trace.NO_LAYER, logits);
    }

    private Positions.Angles[] angles(Pass pass, Batch batch) {
        Positions.Angles[] found =
                pass.keep(this, Positions.Angles[].class, () -> new Positions.Angles[positions.size()]);
        for (int i = 0; i < found.length; i++) {
            found[i] = positions.get(i).at(pass, batch);
        }
        return found;
    }

    /// Adds to rows of pictures the part of their embeddings that begins at an element.
    private static void addPictures(Pass pass, Batch batch, int from, Rows x) {
        Rows part = pass.rows("deepstack", 1, x.width());
        for (int row = 0; row < x.rows(); row++) {
            if (batch.token(row) == Batch.EMBEDDING) {
                batch.embedding(row, from, part.data(), 0, x.width());
                Elementwise.add(pass.compute(), x.data(), x.offset(row), part.data(), 0, x.width());
            }
        }
    }

    @Override
    public int dim() {
        return embedding.table().columns();
    }

    @Override
    public int pictureDim() {
        return (1 + traits.deepstack) * dim();
    }

    @Override
    public int axes() {
        return traits.axes;
    }

    @Override
    public boolean seesWholeBlocks() {
        return traits.wholeBlocks;
    }

    @Override
    public int vocab() {
        return embedding.table().rows();
    }

    @Override
    public int contextLength() {
        return traits.context;
    }

    @Override
    public int variant(int promptRows) {
        return positions.getFirst().variant(promptRows);
    }

    @Override
    public long bytes(int rows, TensorType kv) {
        return layers.stream()
                .mapToLong(layer -> layer.bytes(rows, kv))
                .reduce(0, (a, b) -> a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b);
    }

    @Override
    public SequenceState newSequence(int capacity, TensorType kv) {
        return new SequenceState(
                layers.stream().map(layer -> layer.newState(capacity, kv)).toList(), capacity);
    }
}
