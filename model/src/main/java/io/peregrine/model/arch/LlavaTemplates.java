package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import java.util.List;
import java.util.function.Consumer;

/// Which prompt format a model with tiles was trained with, by what its decoder looks like: LLaVA-1.6 was published on
/// three kinds of decoders, Granite Vision is LLaVA-1.6 on a fourth.
///
/// Source: `haotian-liu/LLaVA : llava/eval/run_llava.py`, which goes by the model's name; a file may have any.
final class LlavaTemplates {

    private static final float MISTRAL_ROPE_BASE = 1e6f;

    private LlavaTemplates() {}

    /// @param text metadata of the decoder
    /// @param notes hears why
    static String choose(Metadata text, Consumer<String> notes) {
        if (text.string("general.architecture", "").equals("granite")) {
            return chosen("granite-vision", "the decoder is Granite's", notes);
        }
        String[] tokens = text.strings("tokenizer.ggml.tokens");
        if (tokens != null && List.of(tokens).contains("<|im_start|>")) {
            return chosen("chatml-yi", "the vocabulary has <|im_start|>, as that of Yi", notes);
        }
        int heads = text.integer("llama.attention.head_count", 0, 0, Limits.HEADS);
        boolean grouped = text.integer("llama.attention.head_count_kv", heads, 0, Limits.HEADS) < heads;
        float base = text.number("llama.rope.freq_base", 0, 0, Limits.ROPE_BASE);
        if (grouped && base == MISTRAL_ROPE_BASE) {
            return chosen(
                    "mistral-llava", "heads share keys, and llama.rope.freq_base is 1000000, as in Mistral v0.2", notes);
        }
        return chosen("vicuna", "the decoder looks neither like Yi nor like Mistral v0.2", notes);
    }

    private static String chosen(String template, String reason, Consumer<String> notes) {
        notes.accept("prompt format '" + template + "': " + reason + " (another one can be asked for)");
        return template;
    }
}
