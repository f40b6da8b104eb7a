package io.peregrine.cli.vocabulary;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.Printable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The vocabulary of Qwen's first generation: a line for each token, its bytes in base64 and its rank, which is its
/// id. Merges follow from the ranks: a token is made of the two parts that remain when its bytes are merged with
/// tokens of lower ranks only.
///
/// Special tokens are those of the files beside it, or else the usual ones of Qwen-VL behind the last rank.
/// Source: `openai/tiktoken : tiktoken/load.py`, the `tokenization_qwen.py` of Qwen-VL.
final class TiktokenFile {

    private static final long MOST_BYTES = 64L << 20;
    /// The time that finding the two parts takes grows with its square.
    private static final int LONGEST = 512;

    private static final int EXTRAS = 205;
    private static final List<String> CHAT = List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");
    private static final List<String> SPANS =
            List.of("<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>", "<img>", "</img>", "<imgpad>");

    private final String file;
    /// Tokens by rank, one char per byte.
    private final List<String> tokens = new ArrayList<>();
    private final Map<String, Integer> ranks = new HashMap<>();

    private TiktokenFile(String file) {
        this.file = file;
    }

    static Vocabulary read(Path path, TokenizerConfig config) {
        TiktokenFile reader = new TiktokenFile(path.toString());
        try {
            if (Files.size(path) > MOST_BYTES) {
                throw new ResourceLimitException(
                        path + ": a tiktoken file", Files.size(path) + " bytes", MOST_BYTES + " bytes", "this is none");
            }
            for (String line : Files.readAllLines(path, StandardCharsets.ISO_8859_1)) {
                if (!line.isBlank()) {
                    reader.line(line);
                }
            }
        } catch (IOException e) {
            throw ModelFileException.of(path, "read", e);
        }
        return reader.vocabulary(config);
    }

    private void line(String line) {
        int blank = line.indexOf(' ');
        String token = "";
        try {
            token = new String(
                    Base64.getDecoder().decode(line.substring(0, Math.max(0, blank))), StandardCharsets.ISO_8859_1);
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        boolean next = blank > 0
                && token.length() <= LONGEST
                && line.substring(blank + 1).equals(Integer.toString(tokens.size()));
        if (token.isEmpty() || !next || ranks.putIfAbsent(token, tokens.size()) != null) {
            throw new ModelFormatException(
                    file,
                    "line " + (tokens.size() + 1),
                    "'" + Printable.of(line) + "'",
                    "at most " + LONGEST + " new bytes in base64, a blank, and the rank " + tokens.size(),
                    "");
        }
        tokens.add(token);
        if (tokens.size() > Vocabulary.MOST_TOKENS) {
            throw new ResourceLimitException(
                    file + ": tokens", "more", Integer.toString(Vocabulary.MOST_TOKENS), "this is no usual vocabulary");
        }
    }

    private Vocabulary vocabulary(TokenizerConfig config) {
        List<Token> list = new ArrayList<>();
        List<String> merges = new ArrayList<>();
        for (int rank = 0; rank < tokens.size(); rank++) {
            String token = tokens.get(rank);
            list.add(new Token(ByteLetters.of(token), 0, Token.NORMAL));
            if (token.length() > 1) {
                int cut = cut(token, rank);
                merges.add(ByteLetters.of(token.substring(0, cut)) + " " + ByteLetters.of(token.substring(cut)));
            }
        }
        if (config.added().isEmpty()) {
            CHAT.forEach(text -> list.add(new Token(text, 0, Token.CONTROL)));
            for (int i = 0; i < EXTRAS; i++) {
                list.add(new Token("<|extra_" + i + "|>", 0, Token.CONTROL));
            }
            SPANS.forEach(text -> list.add(new Token(text, 0, Token.CONTROL)));
        } else {
            VocabularyFiles.addTo(list, config);
        }
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (int id = tokens.size(); id < list.size(); id++) {
            if (list.get(id).text().equals("<|endoftext|>")) {
                ids.put("eos_token_id", id);
                ids.put("padding_token_id", id);
            }
        }
        VocabularyFiles.named(ids, list, config);
        return new Vocabulary(
                file,
                "gpt2",
                "qwen2",
                list,
                tokens.size(),
                merges,
                ids,
                Map.of("add_bos_token", false),
                null,
                config.chatTemplate());
    }

    /// Where the second of a token's two parts begins.
    private int cut(String token, int rank) {
        List<String> parts = new ArrayList<>();
        token.chars().forEach(one -> parts.add(String.valueOf((char) one)));
        while (parts.size() > 2) {
            int best = -1;
            int bestRank = rank;
            for (int i = 0; i + 1 < parts.size(); i++) {
                int joined = ranks.getOrDefault(parts.get(i) + parts.get(i + 1), Integer.MAX_VALUE);
                if (joined < bestRank) {
                    best = i;
                    bestRank = joined;
                }
            }
            if (best < 0) {
                throw new ModelFormatException(
                        file,
                        "token " + rank,
                        parts.size() + " parts when it is merged from its bytes",
                        "two",
                        "the ranks are not those of a byte-pair encoding");
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
        return parts.getFirst().length();
    }
}
