package io.peregrine.model.tokenizer;

import io.peregrine.core.gguf.Metadata;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Small vocabularies made by hand: metadata that tests may damage before a tokenizer reads it.
final class Toy {

    static final String FILE = "toy.gguf";

    final Map<String, Object> metadata = new LinkedHashMap<>();
    private final List<String> tokens = new ArrayList<>();
    private final List<Float> scores = new ArrayList<>();
    private final List<Integer> kinds = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();

    private Toy() {}

    /// Byte-level: tokens 0 to 255 are the bytes, then one token for each merge.
    static Toy bpe(String pre, String... merges) {
        Toy toy = new Toy();
        toy.metadata.put("tokenizer.ggml.model", "gpt2");
        toy.metadata.put("tokenizer.ggml.pre", pre);
        for (int value = 0; value < 256; value++) {
            toy.add(String.valueOf(ByteAlphabet.spelling(value)), TokenKind.NORMAL);
        }
        for (String merge : merges) {
            toy.merges.add(merge);
            toy.add(merge.replace(" ", ""), TokenKind.NORMAL);
        }
        return toy;
    }

    /// SentencePiece: `<unk>`, `<s>`, `</s>`, the bytes as 3 to 258, then the pieces, the first with the best
    /// score.
    static Toy spm(String... pieces) {
        Toy toy = new Toy();
        toy.metadata.put("tokenizer.ggml.model", "llama");
        toy.add("<unk>", TokenKind.UNKNOWN);
        toy.add("<s>", TokenKind.CONTROL);
        toy.add("</s>", TokenKind.CONTROL);
        for (int value = 0; value < 256; value++) {
            toy.add(String.format("<0x%02X>", value), TokenKind.BYTE);
        }
        for (String piece : pieces) {
            toy.add(piece, TokenKind.NORMAL);
        }
        return toy;
    }

    /// Adds a token; its number is the count of those before it.
    Toy add(String text, TokenKind kind) {
        tokens.add(text);
        scores.add(kind == TokenKind.NORMAL ? -(float) tokens.size() : 0f);
        kinds.add(kind.ordinal());
        return this;
    }

    Toy put(String key, Object value) {
        metadata.put(key, value);
        return this;
    }

    Toy remove(String key) {
        fill();
        metadata.remove(key);
        metadata.put(key + ".removed", true);
        return this;
    }

    int size() {
        return tokens.size();
    }

    Tokenizer tokenizer() {
        fill();
        return Tokenizer.of(new Metadata(FILE, metadata));
    }

    private void fill() {
        fill("tokenizer.ggml.tokens", tokens.toArray(String[]::new));
        fill("tokenizer.ggml.token_type", kinds.stream().mapToInt(kind -> kind).toArray());
        if ("gpt2".equals(metadata.get("tokenizer.ggml.model"))) {
            fill("tokenizer.ggml.merges", merges.toArray(String[]::new));
        } else {
            float[] values = new float[scores.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = scores.get(i);
            }
            fill("tokenizer.ggml.scores", values);
        }
    }

    private void fill(String key, Object value) {
        if (!metadata.containsKey(key + ".removed")) {
            metadata.putIfAbsent(key, value);
        }
    }
}
