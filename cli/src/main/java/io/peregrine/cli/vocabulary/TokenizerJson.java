package io.peregrine.cli.vocabulary;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Printable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A `tokenizer.json` of the library tokenizers: BPE over bytes, BPE over characters with bytes for those that have
/// no token (what Llama's sentencepiece becomes), Unigram.
///
/// Source: `huggingface/tokenizers : tokenizers/src/models`.
final class TokenizerJson {

    /// The patterns by which words are cut, and what GGUF calls them.
    private static final Map<String, String> PATTERNS = Map.of(
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r"
                    + "\\n"
                    + "\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r"
                    + "\\n"
                    + "]*|\\s*[\\r"
                    + "\\n"
                    + "]+|\\s+(?!\\S)|\\s+",
            "llama-bpe",
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r"
                    + "\\n"
                    + "\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r"
                    + "\\n"
                    + "]*|\\s*[\\r"
                    + "\\n"
                    + "]+|\\s+(?!\\S)|\\s+",
            "qwen2");

    private final String file;
    private final JsonNode root;
    private final JsonNode model;
    private final TokenizerConfig config;

    TokenizerJson(String file, JsonNode root, TokenizerConfig config) {
        this.file = file;
        this.root = root;
        this.model = root.path("model");
        this.config = config;
    }

    /// @param pre how a byte-level vocabulary cuts words, if the user says it
    Vocabulary vocabulary(@Nullable String pre) {
        String type = model.path("type").asText(model.has("merges") ? "BPE" : "none");
        return switch (type) {
            case "BPE" -> model.path("byte_fallback").asBoolean() ? characters() : bytes(pre);
            case "Unigram" -> unigram();
            default ->
                throw new UnsupportedModelException(file, "the tokenizer model " + Printable.of(type), "BPE, Unigram");
        };
    }

    /// Merges become scores: the token that an earlier merge makes has the higher one, which gives the same order.
    private Vocabulary characters() {
        Map<String, Integer> ranks = new HashMap<>();
        List<String[]> merges = merges();
        for (int rank = 0; rank < merges.size(); rank++) {
            ranks.putIfAbsent(merges.get(rank)[0] + merges.get(rank)[1], rank);
        }
        List<Token> tokens = new ArrayList<>();
        String unknown = model.path("unk_token").asText("");
        for (String text : texts()) {
            int kind =
                    text.equals(unknown) ? Token.UNKNOWN : text.matches("<0x[0-9A-F]{2}>") ? Token.BYTE : Token.NORMAL;
            Integer rank = ranks.get(text);
            tokens.add(new Token(text, rank != null ? -rank : kind == Token.NORMAL ? -merges.size() : 0, kind));
        }
        return finished("llama", "default", tokens, null, true);
    }

    private Vocabulary bytes(@Nullable String pre) {
        List<Token> tokens = new ArrayList<>();
        for (String text : texts()) {
            tokens.add(new Token(text, 0, Token.NORMAL));
        }
        List<String> merges = new ArrayList<>();
        for (String[] pair : merges()) {
            merges.add(pair[0] + " " + pair[1]);
        }
        return finished("gpt2", pre != null ? pre : pre(), tokens, merges, false);
    }

    private Vocabulary unigram() {
        List<Token> tokens = new ArrayList<>();
        int unknown = model.path("unk_id").asInt(-1);
        for (JsonNode piece : model.path("vocab")) {
            if (!piece.path(0).isTextual()
                    || piece.path(0).textValue().isEmpty()
                    || !piece.path(1).isNumber()) {
                throw wrong("model.vocab, token " + tokens.size(), piece, "a text and a score");
            }
            String text = piece.path(0).textValue();
            int kind = tokens.size() == unknown
                    ? Token.UNKNOWN
                    : text.matches("<0x[0-9A-F]{2}>")
                                    && model.path("byte_fallback").asBoolean()
                            ? Token.BYTE
                            : Token.NORMAL;
            tokens.add(new Token(text, piece.path(1).floatValue(), kind));
            checkCount(tokens.size());
        }
        return finished("t5", null, tokens, null, true);
    }

    private Vocabulary finished(
            String kind, @Nullable String pre, List<Token> tokens, @Nullable List<String> merges, boolean pieces) {
        if (tokens.isEmpty()) {
            throw new ModelFormatException(file, "model.vocab", "no tokens", "tokens", "");
        }
        int base = tokens.size();
        VocabularyFiles.addTo(tokens, config);
        Map<String, Integer> ids = new LinkedHashMap<>();
        VocabularyFiles.named(ids, tokens, config);
        Map<String, Boolean> flags = new LinkedHashMap<>();
        flags.put("add_bos_token", config.bool("add_bos_token", pieces) && ids.containsKey("bos_token_id"));
        flags.put("add_eos_token", config.bool("add_eos_token", false));
        if (pieces) {
            flags.put("add_space_prefix", config.bool("add_prefix_space", true));
        }
        return new Vocabulary(file, kind, pre, tokens, base, merges, ids, flags, null, config.chatTemplate());
    }

    /// The texts of `model.vocab` by id; added tokens may fill gaps at its end only.
    private String[] texts() {
        JsonNode vocab = model.path("vocab");
        checkCount(vocab.size());
        @Nullable String[] texts = new @Nullable String[vocab.size()];
        vocab.properties().forEach(entry -> {
            JsonNode id = entry.getValue();
            boolean fits = id.canConvertToInt() && id.intValue() >= 0 && id.intValue() < texts.length;
            if (!fits || entry.getKey().isEmpty() || texts[id.intValue()] != null) {
                throw wrong(
                        "model.vocab, '" + Printable.of(entry.getKey()) + "'",
                        id,
                        "a text, and an id of its own from 0 to " + (texts.length - 1));
            }
            texts[id.intValue()] = entry.getKey();
        });
        return Arrays.stream(texts).map(Objects::requireNonNull).toArray(String[]::new);
    }

    private List<String[]> merges() {
        List<String[]> pairs = new ArrayList<>();
        for (JsonNode merge : model.path("merges")) {
            String[] pair = merge.isArray() && merge.size() == 2
                    ? new String[] {merge.get(0).asText(), merge.get(1).asText()}
                    : merge.asText().split(" ", -1);
            if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
                throw wrong("model.merges, " + pairs.size(), merge, "two texts");
            }
            pairs.add(pair);
            checkCount(pairs.size());
        }
        return pairs;
    }

    private void checkCount(int count) {
        if (count > Vocabulary.MOST_TOKENS) {
            throw new ModelFormatException(
                    file, "model", count + " tokens or merges", "at most " + Vocabulary.MOST_TOKENS, "");
        }
    }

    private String pre() {
        JsonNode pre = root.path("pre_tokenizer");
        String pattern = "";
        boolean byteLevel = false;
        boolean usualPattern = false;
        for (JsonNode stage : pre.path("type").asText().equals("Sequence") ? pre.path("pretokenizers") : List.of(pre)) {
            switch (stage.path("type").asText()) {
                case "Split" -> pattern = stage.path("pattern").path("Regex").asText();
                case "ByteLevel" -> {
                    byteLevel = true;
                    usualPattern = stage.path("use_regex").asBoolean(true);
                }
                default -> pattern = "?";
            }
        }
        String name = pattern.isEmpty() && usualPattern ? "gpt-2" : usualPattern ? null : PATTERNS.get(pattern);
        if (!byteLevel || name == null) {
            throw new UnsupportedModelException(
                    file,
                    "the pre-tokenizer " + Printable.of(pre.toString()),
                    "those of GPT-2, Llama 3 and Qwen 2, and any that --pre NAME names");
        }
        return name;
    }

    private ModelFormatException wrong(String where, JsonNode found, String expected) {
        return new ModelFormatException(file, where, Printable.of(found.toString()), expected, "");
    }
}
