package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.GgufType;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Activation;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Mlp;
import io.peregrine.model.block.Positions;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.PreNormLayer;
import io.peregrine.model.block.Rotary;
import io.peregrine.model.block.SelfAttention;
import io.peregrine.model.block.TokenEmbedding;
import io.peregrine.model.block.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The `gemma3` decoder: Gemma 3 of 270M to 27B parameters, alone and under its vision side.
///
/// Departures from the plain [PreNormDecoder]: rows of tokens are multiplied by the root of the width, rows of pictures
/// are not; norms of each head's queries and keys; norms also behind attention and the feed-forward part, which is gated
/// by a GELU; most layers see a window and turn by a base of their own, every sixth sees everything; rows of a picture
/// see all of their picture. Norms are stored as they are multiplied with, the 1 of the original added.
///
/// Sources: arXiv 2503.19786; `huggingface/transformers : models/gemma3/modeling_gemma3.py`; names as in
/// `ggml-org/llama.cpp : src/models/gemma3.cpp, conversion/gemma.py`.
final class Gemma3 {

    static final String NAME = "gemma3";

    private static final String WINDOW = "gemma3.attention.sliding_window";
    private static final String PATTERN = "gemma3.attention.sliding_window_pattern";
    private static final String CAP = "gemma3.final_logit_softcapping";

    /// One layer in so many sees everything, in files that do not say: as all published models.
    private static final int USUAL_PATTERN = 6;

    private static final float USUAL_LOCAL_BASE = 10_000;

    /// By which files of 27B are known, whose queries have a scale that no file tells.
    private static final int LAYERS_OF_27B = 62;

    private Gemma3() {}

    private static Decoder bind(Metadata m, Weights w, int vocab, Consumer<String> notes) {
        TextKeys c = TextKeys.read(m, NAME);
        if (m.number(CAP, 0, 0, Float.MAX_VALUE) != 0) {
            throw new UnsupportedModelException(m.file(), CAP + " (logits that are cut off softly)", "Gemma 3 without it");
        }
        int window = m.integer(WINDOW, 0, 0, Limits.CONTEXT);
        boolean[] local = window == 0 ? new boolean[c.layers()] : local(m, c.layers());
        float scale = scale(m, c, notes);
        Positions far = c.positions(w, Rope.NEOX);
        float base = m.number("gemma3.rope.freq_base_swa", USUAL_LOCAL_BASE, 1, Limits.ROPE_BASE);
        Positions near = new Rotary(Rope.NEOX, c.rotated(), base, 1, null);
        TokenEmbedding embedding = TokenEmbedding.bind(w, "token_embd.weight", vocab, c.dim());
        List<PreNormDecoder.Stage> stages = new ArrayList<>();
        for (int i = 0; i < c.layers(); i++) {
            PreNormLayer layer = layer(w, c, scale, local[i] ? window : Integer.MAX_VALUE, "blk." + i + ".");
            stages.add(new PreNormDecoder.Stage(layer, local[i] ? near : far));
        }
        return new PreNormDecoder(
                embedding,
                stages,
                w.rmsNorm("output_norm", c.dim(), c.normEps()),
                c.head(w, embedding),
                new PreNormDecoder.Traits(c.context(), 1, true, 0, (float) Math.sqrt(c.dim()), 1));
    }

    /// Which layers see the window only: given one by one, or all but the last of so many in turn.
    private static boolean[] local(Metadata m, int layers) {
        GgufType elements = m.elementType(PATTERN);
        boolean[] local = new boolean[layers];
        if (elements == null) {
            int pattern = m.integer(PATTERN, USUAL_PATTERN, 0, Limits.LAYERS);
            for (int i = 0; i < layers; i++) {
                local[i] = pattern == 0 || i % pattern < pattern - 1;
            }
            return local;
        }
        boolean[] flags = elements == GgufType.BOOL ? m.bools(PATTERN) : null;
        int[] numbers = elements == GgufType.BOOL ? null : m.ints(PATTERN);
        int given = flags != null ? flags.length : numbers != null ? numbers.length : 0;
        if (given != layers) {
            throw new ModelFormatException(
                    m.file(), "key " + PATTERN, given + " elements", layers + ", one for each layer", "");
        }
        for (int i = 0; i < layers; i++) {
            local[i] = flags != null ? flags[i] : numbers != null && numbers[i] != 0;
        }
        return local;
    }

    /// Of the products of queries and keys: `1 / sqrt(headDim)`, but in 27B it is the width that is divided by the heads.
    private static float scale(Metadata m, TextKeys c, Consumer<String> notes) {
        int divisor = c.headDim();
        if (c.layers() == LAYERS_OF_27B) {
            divisor = Math.max(1, c.dim() / c.heads());
            notes.accept(m.file() + ": " + LAYERS_OF_27B + " layers, so products of queries and keys are divided by the root of "
                    + divisor + ", as in Gemma 3 27B");
        }
        return (float) (1 / Math.sqrt(divisor));
    }

    private static PreNormLayer layer(Weights w, TextKeys c, float scale, int window, String name) {
        SelfAttention attention = SelfAttention.bind(w, name + "attn", c.dim(), c.heads(), c.kvHeads(), c.headDim());
        return new PreNormLayer(
                w.rmsNorm(name + "attn_norm", c.dim(), c.normEps()),
                TextLayers.Attention.normed(w, c)
                        .of(name, attention)
                        .withScale(scale)
                        .withWindow(window),
                w.rmsNorm(name + "post_attention_norm", c.dim(), c.normEps()),
                w.rmsNorm(name + "ffn_norm", c.dim(), c.normEps()),
                Mlp.gated(w, name + "ffn", c.dim(), c.ffn(), Activation.GELU_TANH),
                w.rmsNorm(name + "post_ffw_norm", c.dim(), c.normEps()),
                1);
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY = (m, w, vocab, projector, notes) -> bind(m, w, vocab, notes);
}
