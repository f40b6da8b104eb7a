package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.core.gguf.Metadata;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The prompt format by the decoder's metadata.
class LlavaTemplatesTest {

    private final List<String> notes = new ArrayList<>();

    private String choose(Map<String, Object> keys, String... tokens) {
        Map<String, Object> all = new HashMap<>(keys);
        all.put("tokenizer.ggml.tokens", tokens);
        return LlavaTemplates.choose(new Metadata("text.gguf", all), notes::add);
    }

    @Test
    void yi_isKnownByItsVocabulary() {
        Map<String, Object> keys = Map.of(
                "llama.attention.head_count", 56, "llama.attention.head_count_kv", 8, "llama.rope.freq_base", 5e6f);
        assertEquals("chatml-yi", choose(keys, "<unk>", "<|im_start|>"));
        assertEquals(
                List.of("prompt format 'chatml-yi': the vocabulary has <|im_start|>, as that of Yi (another one can be asked"
                        + " for)"),
                notes);
    }

    @Test
    void mistral_isKnownByItsHeadsAndRopeBase() {
        Map<String, Object> keys = Map.of(
                "llama.attention.head_count", 32, "llama.attention.head_count_kv", 8, "llama.rope.freq_base", 1e6f);
        assertEquals("mistral-llava", choose(keys, "<unk>"));
        assertEquals(
                List.of("prompt format 'mistral-llava': heads share keys, and llama.rope.freq_base is 1000000, as in Mistral"
                        + " v0.2 (another one can be asked for)"),
                notes);
    }

    @Test
    void granite_isKnownByItsName() {
        assertEquals("granite-vision", choose(Map.of("general.architecture", "granite"), "<unk>"));
        assertEquals(
                List.of("prompt format 'granite-vision': the decoder is Granite's (another one can be asked for)"), notes);
    }

    @Test
    void others_areVicuna() {
        assertEquals("vicuna", choose(Map.of("llama.attention.head_count", 32), "<unk>"));
        assertEquals(
                "vicuna",
                choose(Map.of("llama.attention.head_count", 32, "llama.rope.freq_base", 1e6f), "<unk>"));
        assertEquals(
                "vicuna",
                choose(
                        Map.of(
                                "llama.attention.head_count", 32,
                                "llama.attention.head_count_kv", 8,
                                "llama.rope.freq_base", 1e4f),
                        "<unk>"));
        assertEquals(
                "prompt format 'vicuna': the decoder looks neither like Yi nor like Mistral v0.2 (another one can be asked"
                        + " for)",
                notes.getFirst());
    }
}
