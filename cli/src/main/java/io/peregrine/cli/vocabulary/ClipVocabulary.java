package io.peregrine.cli.vocabulary;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.cli.checkpoint.JsonFile;
import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The vocabulary of CLIP: `vocab.json` with the tokens, `merges.txt` with the merges, best first.
public final class ClipVocabulary {

    private static final long MOST_BYTES = 64L << 20;

    private ClipVocabulary() {}

    /// @throws io.peregrine.core.PeregrineException if a file is missing or damaged
    public static Vocabulary read(Path folder) {
        Path file = folder.resolve("vocab.json");
        JsonNode vocab = JsonFile.read(file);
        @Nullable String[] texts = new @Nullable String[Math.min(vocab.size(), Vocabulary.MOST_TOKENS)];
        vocab.properties().forEach(entry -> {
            JsonNode id = entry.getValue();
            boolean fits = id.canConvertToInt() && id.intValue() >= 0 && id.intValue() < texts.length;
            if (!fits || entry.getKey().isEmpty() || texts[id.intValue()] != null) {
                throw new ModelFormatException(
                        file.toString(),
                        "'" + Printable.of(entry.getKey()) + "'",
                        Printable.of(id.toString()),
                        "a text, and an id of its own from 0 to " + (texts.length - 1),
                        "");
            }
            texts[id.intValue()] = entry.getKey();
        });
        List<Token> tokens = new ArrayList<>();
        Arrays.stream(texts).forEach(text -> tokens.add(new Token(String.valueOf(text), 0, Token.NORMAL)));
        TokenizerConfig config = TokenizerConfig.read(folder);
        VocabularyFiles.addTo(tokens, config);
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (int id = 0; id < tokens.size(); id++) {
            switch (tokens.get(id).text()) {
                case "<|startoftext|>" -> ids.put("bos_token_id", id);
                case "<|endoftext|>" -> ids.put("eos_token_id", id);
                default -> {
                    // An ordinary one.
                }
            }
        }
        if (ids.size() != 2) {
            throw new ModelFormatException(
                    file.toString(),
                    "tokens",
                    "no <|startoftext|> or no <|endoftext|>",
                    "both",
                    "is this CLIP's vocabulary?");
        }
        List<String> merges = merges(folder.resolve("merges.txt"));
        return new Vocabulary(file.toString(), "clip", null, tokens, texts.length, merges, ids, Map.of(), null, null);
    }

    private static List<String> merges(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new ResourceLimitException(
                        file + ": merges", Files.size(file) + " bytes", MOST_BYTES + " bytes", "this is no usual file");
            }
            List<String> merges = new ArrayList<>();
            for (String line : Files.readAllLines(file)) {
                if (merges.isEmpty() && line.startsWith("#version") || line.isBlank()) {
                    continue;
                }
                if (!line.strip().matches("[^ ]+ [^ ]+")) {
                    throw new ModelFormatException(
                            file.toString(),
                            "merge " + merges.size(),
                            "'" + Printable.of(line) + "'",
                            "two texts with a blank between them",
                            "");
                }
                merges.add(line.strip());
            }
            return merges;
        } catch (IOException e) {
            throw ModelFileException.of(file, "read", e);
        }
    }
}
