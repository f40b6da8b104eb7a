package io.peregrine.cli.vocabulary;

import io.peregrine.cli.checkpoint.JsonFile;
import io.peregrine.core.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds the vocabulary in a model's folder.
public final class VocabularyFiles {

    private VocabularyFiles() {}

    /// The vocabulary of a text model: a sentencepiece model (`tokenizer.model`, or the only file that ends in
    /// `.model`), a tiktoken file, or `tokenizer.json`.
    ///
    /// @param pre how a byte-level vocabulary cuts words, if the user says it
    /// @throws io.peregrine.core.PeregrineException if there is none, or it is damaged or not supported
    public static Vocabulary read(Path folder, @Nullable String pre) {
        TokenizerConfig config = TokenizerConfig.read(folder);
        Path pieces = only(folder, "tokenizer.model", ".model");
        if (pieces != null) {
            return sentencePiece(pieces, config);
        }
        Path ranks = only(folder, "qwen.tiktoken", ".tiktoken");
        if (ranks != null) {
            return TiktokenFile.read(ranks, config);
        }
        Path json = folder.resolve("tokenizer.json");
        if (Files.isRegularFile(json)) {
            return new TokenizerJson(json.toString(), JsonFile.read(json), config).vocabulary(pre);
        }
        throw new ModelFileException(
                folder.toString(),
                "holds no vocabulary",
                "expected tokenizer.model, a .tiktoken file, or tokenizer.json");
    }

    private static @Nullable Path only(Path folder, String usual, String ending) {
        if (Files.isRegularFile(folder.resolve(usual))) {
            return folder.resolve(usual);
        }
        try (Stream<Path> all = Files.list(folder)) {
            List<Path> files =
                    all.filter(file -> file.toString().endsWith(ending)).toList();
            return files.size() == 1 ? files.getFirst() : null;
        } catch (IOException e) {
            throw ModelFileException.of(folder, "read", e);
        }
    }

    private static Vocabulary sentencePiece(Path file, TokenizerConfig config) {
        SentencePieceFile model = SentencePieceFile.read(file);
        List<Token> tokens = new ArrayList<>(model.pieces());
        addTo(tokens, config);
        Map<String, Integer> ids = new LinkedHashMap<>();
        special(ids, "bos_token_id", model.bos(), tokens.size());
        special(ids, "eos_token_id", model.eos(), tokens.size());
        special(ids, "unknown_token_id", model.unknown(), tokens.size());
        named(ids, tokens, config);
        Map<String, Boolean> flags = new LinkedHashMap<>();
        flags.put("add_bos_token", config.bool("add_bos_token", true) && ids.containsKey("bos_token_id"));
        flags.put("add_eos_token", config.bool("add_eos_token", false));
        flags.put("add_space_prefix", model.addsDummyPrefix());
        if (model.isUnigram()) {
            flags.put("remove_extra_whitespaces", model.removesExtraSpaces());
        }
        return new Vocabulary(
                file.toString(),
                model.isUnigram() ? "t5" : "llama",
                model.isUnigram() ? null : "default",
                tokens,
                model.pieces().size(),
                null,
                ids,
                flags,
                model.charsmap(),
                config.chatTemplate());
    }

    private static void special(Map<String, Integer> ids, String key, int id, int tokens) {
        if (id >= 0 && id < tokens) {
            ids.put(key, id);
        }
    }

    /// Special tokens that the configuration names by their texts take the place of others.
    static void named(Map<String, Integer> ids, List<Token> tokens, TokenizerConfig config) {
        Map<String, Integer> byText = new HashMap<>();
        for (int id = tokens.size() - 1; id >= 0; id--) {
            byText.put(tokens.get(id).text(), id);
        }
        Map.of(
                        "bos_token",
                        "bos_token_id",
                        "eos_token",
                        "eos_token_id",
                        "unk_token",
                        "unknown_token_id",
                        "pad_token",
                        "padding_token_id")
                .forEach((name, key) -> {
                    Integer id = byText.get(config.special(name) == null ? "" : config.special(name));
                    if (id != null) {
                        ids.put(key, id);
                    }
                });
    }

    /// Puts the added tokens to their ids: new ones behind the others, with unused ones in gaps, and new texts or kinds
    /// for old ones.
    static void addTo(List<Token> tokens, TokenizerConfig config) {
        config.added().forEach((id, token) -> {
            int kind = token.special() ? Token.CONTROL : Token.USER_DEFINED;
            while (id > tokens.size()) {
                tokens.add(Token.unused(tokens.size()));
            }
            if (id == tokens.size()) {
                tokens.add(new Token(token.text(), 0, kind));
                return;
            }
            Token old = tokens.get(id);
            boolean keeps = old.text().equals(token.text()) && (old.kind() != Token.NORMAL || !token.special());
            if (!keeps) {
                tokens.set(id, new Token(token.text(), old.score(), kind));
            }
        });
    }
}
