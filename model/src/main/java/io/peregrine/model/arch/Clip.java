package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Activation;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.RowNorm;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.TextTower;
import io.peregrine.model.block.TokenEmbedding;
import io.peregrine.model.block.Trace;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.SquareRecipe;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// CLIP, both towers: pictures and texts as vectors of one space.
///
/// A picture's vector is its class token after all blocks, normed and projected; a text's that of the first end
/// token. Both towers are pre-norm with learned positions; the text's is causal. Pictures are resized to their shorter
/// side, and the middle is cut out.
///
/// Files: our own, with `clip.projector_type` = `clip`, and those that clip.cpp wrote, without that key, without
/// `clip.logit_scale` (the factor is 100 then), and with the two feed-forward layers under each other's names.
/// `clip.use_gelu` means the exact GELU here, which is what the models that ask for it (OpenCLIP's) were trained
/// with.
///
/// Sources: arXiv 2103.00020; `openai/CLIP : clip/model.py`; `monatis/clip.cpp : models/convert_hf_to_gguf.py`.
public final class Clip {

    static final String NAME = "clip";
    private static final String PROJECTOR = "clip.projector_type";
    private static final String IMAGE_PROJECTION = "visual_projection";
    private static final String TEXT_PROJECTION = "text_projection";
    private static final double USUAL_FACTOR = 100;

    /// What an embedding model is, for messages.
    private static final String EXPECTED = "an embedding model with two towers (CLIP)";

    /// @param context tokens of the longest text
    private record TextKeys(int context, int blocks, BlockKeys block) {

        static TextKeys read(Metadata m, Activation activation) {
            int dim = m.integer("clip.text.embedding_length", 1, Limits.WIDTH);
            int heads = m.integer("clip.text.attention.head_count", 1, Limits.HEADS);
            if (dim % heads != 0) {
                throw new ModelFormatException(
                        m.file(),
                        "key clip.text.attention.head_count",
                        Integer.toString(heads),
                        "a divisor of clip.text.embedding_length, which is " + dim,
                        "");
            }
            return new TextKeys(
                    m.integer("clip.text.context_length", 2, Limits.CONTEXT),
                    m.integer("clip.text.block_count", 1, Limits.LAYERS),
                    new BlockKeys(
                            dim,
                            m.integer("clip.text.feed_forward_length", 1, Limits.WIDTH),
                            heads,
                            m.number("clip.text.attention.layer_norm_epsilon", 0, 1),
                            activation));
        }
    }

    private final SquareRecipe recipe;
    private final VitTower imageTower;

    /// Rows that a picture takes on its way through the tower.
    private final int imageRows;
    private final RowNorm imageNorm;
    private final Linear imageProjection;
    private final TextTower textTower;
    private final Linear textProjection;
    private final int end;
    private final double factor;

    private Clip(Metadata m, Weights w, int vocab, int end, @Nullable Fit fit, Consumer<String> notes) {
        boolean gelu = m.bool("clip.use_gelu", false);
        VisionKeys keys = VisionKeys.read(m).with(gelu ? Activation.GELU_ERF : Activation.GELU_QUICK);
        if (gelu) {
            notes.accept("clip.use_gelu: the exact GELU, as the authors of such models trained them");
        }
        int dim = m.integer("clip.vision.projection_dim", 1, Limits.WIDTH);
        this.recipe = new SquareRecipe(
                keys.imageSize(),
                fit == null ? Fit.CROP : fit,
                Resampling.BICUBIC,
                new Normalisation(keys.mean(), keys.std()));
        if (!w.has("v.class_embd")) {
            throw new ModelFormatException(
                    m.file(), "tensor v.class_embd", "nothing", "the class token of " + EXPECTED, "");
        }
        this.imageTower = new VitTower(
                VitLayers.embedding(w, keys),
                w.layerNorm("v.pre_ln", keys.dim(), keys.eps()),
                VitLayers.blocks(w, keys, keys.blocks()),
                new int[] {keys.blocks()},
                null);
        this.imageRows = 1 + keys.grid() * keys.grid();
        this.imageNorm = w.layerNorm("v.post_ln", keys.dim(), keys.eps());
        this.imageProjection = w.linear(IMAGE_PROJECTION, keys.dim(), dim);
        TextKeys text = TextKeys.read(m, keys.activation());
        this.textTower = new TextTower(
                TokenEmbedding.bind(w, "t.token_embd.weight", vocab, text.block.dim()),
                w.table("t.position_embd.weight", text.context, text.block.dim()),
                VitLayers.blocks(w, "t", text.block, text.blocks),
                w.layerNorm("t.post_ln", text.block.dim(), text.block.eps()));
        this.textProjection = w.linear(TEXT_PROJECTION, text.block.dim(), dim);
        this.end = end;
        this.factor = factor(m, notes);
    }

    /// The key holds the logarithm.
    private static double factor(Metadata m, Consumer<String> notes) {
        String key = "clip.logit_scale";
        if (!m.has(key)) {
            notes.accept(m.file() + ": no " + key + "; similarities are multiplied by " + (int) USUAL_FACTOR
                    + ", as in CLIP's own models");
            return USUAL_FACTOR;
        }
        return Math.exp(m.number(key, -20, 20));
    }

    /// Whether a file holds both towers of an embedding model.
    static boolean isTwoTower(Metadata m, Weights w) {
        return m.string("general.architecture", "").equals(NAME)
                && (m.string(PROJECTOR, "").equals(NAME)
                        || !m.has(PROJECTOR)
                                && w.has(IMAGE_PROJECTION + ".weight")
                                && w.has(TEXT_PROJECTION + ".weight"));
    }

    /// Makes sure that a file is an embedding model, before its parts are read.
    ///
    /// @throws ModelFormatException if it is something else, saying what is to be done with it
    public static void check(Metadata m, Weights w) {
        String architecture = m.string("general.architecture");
        if (!architecture.equals(NAME)) {
            throw new ModelFormatException(
                    m.file(),
                    "key general.architecture",
                    "'" + architecture + "', a language model",
                    EXPECTED,
                    "talk to this one with `peregrine run` or `peregrine chat`");
        }
        if (!isTwoTower(m, w)) {
            String projector = m.stringOrNull(PROJECTOR);
            boolean oneTower = projector == null
                    && (w.has(IMAGE_PROJECTION + ".weight") || w.has(TEXT_PROJECTION + ".weight"));
            throw new ModelFormatException(
                    m.file(),
                    oneTower ? "the tensors " + IMAGE_PROJECTION + " and " + TEXT_PROJECTION : "key " + PROJECTOR,
                    oneTower ? "one of them" : projector == null ? "nothing" : "'" + projector + "'",
                    EXPECTED,
                    oneTower
                            ? "convert the model with both of its towers"
                            : "this is the vision part of a language model: give it to `peregrine run` with --mmproj");
        }
    }

    /// Binds a file that [#check] found to be an embedding model.
    ///
    /// @param vocab the number of tokens of the file's vocabulary
    /// @param end the token that ends a text
    /// @param fit how pictures become squares, or null: as CLIP was trained
    /// @param notes hears of choices that the file left open
    /// @throws ModelFormatException if a key or tensor is absent, of another type, shape or range
    public static Clip bind(
            Metadata m, Weights w, int vocab, int end, @Nullable Fit fit, Consumer<String> notes) {
        return new Clip(m, w, vocab, end, fit, notes);
    }

    /// Width of the vectors.
    public int dim() {
        return imageProjection.out();
    }

    /// Tokens of the longest text, those around it included.
    public int contextLength() {
        return textTower.contextLength();
    }

    /// Rows that a picture takes on its way through the tower.
    public int imageRows() {
        return imageRows;
    }

    /// What the cosine of two vectors is multiplied by.
    public double factor() {
        return factor;
    }

    /// Resizes and cuts a picture as CLIP does.
    public Pixels prepare(Image image) {
        return recipe.apply(image);
    }

    /// Encodes pictures in one go.
    ///
    /// @param out gets the shape `[views, dim]`; not normalised
    /// @throws java.util.concurrent.CancellationException as [Pass#checkCancelled] does
    public Rows images(Pass pass, List<Pixels> views, Rows out) {
        int[] first = new int[views.size()];
        for (int i = 0; i < first.length; i++) {
            first[i] = i * imageRows();
        }
        Rows states = imageTower.applyWithClass(pass, views, pass.rows("v.states", 0, 0)); // [views * rows, width]
        Rows pooled = states.select(first, pass.rows("pooled", 0, 0)); // [views, width]
        imageNorm.apply(pass, pooled, pooled);
        pass.trace().rows("v.after_post_ln", Trace.NO_LAYER, pooled);
        return imageProjection.apply(pass, pooled, out);
    }

    /// Encodes texts in one go.
    ///
    /// @param texts tokens of each: at most [#contextLength], the end token among them
    /// @param out gets the shape `[texts, dim]`; not normalised
    /// @throws java.util.concurrent.CancellationException as [Pass#checkCancelled] does
    public Rows texts(Pass pass, List<int[]> texts, Rows out) {
        int[] ends = new int[texts.size()];
        int row = 0;
        for (int i = 0; i < ends.length; i++) {
            ends[i] = row + firstEnd(texts.get(i));
            row += texts.get(i).length;
        }
        Rows states = textTower.apply(pass, texts, pass.rows("t.states", 0, 0)); // [rows, width]
        return textProjection.apply(pass, states.select(ends, pass.rows("pooled", 0, 0)), out);
    }

    private int firstEnd(int[] text) {
        for (int i = 0; i < text.length; i++) {
            if (text[i] == end) {
                return i;
            }
        }
        throw new IllegalArgumentException("a text without the token " + end + ", which ends texts");
    }
}
