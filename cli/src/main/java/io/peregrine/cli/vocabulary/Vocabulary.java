package io.peregrine.cli.vocabulary;

import io.peregrine.core.ModelFormatException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A vocabulary as a GGUF file is to have it.
///
/// @param source the file it came from, for messages
/// @param model `tokenizer.ggml.model`
/// @param pre `tokenizer.ggml.pre`, or null
/// @param tokens by id
/// @param base how many of them are not added tokens, so that they must have a row in the model
/// @param merges pairs joined with a blank, best first; or null
/// @param ids special tokens by the names of their keys: `bos_token_id`
/// @param flags rules by the names of their keys: `add_bos_token`
/// @param charsmap sentencepiece's compiled rules of normalisation, or null
/// @param chatTemplate or null
public record Vocabulary(
        String source,
        String model,
        @Nullable String pre,
        List<Token> tokens,
        int base,
        @Nullable List<String> merges,
        Map<String, Integer> ids,
        Map<String, Boolean> flags,
        byte @Nullable [] charsmap,
        @Nullable String chatTemplate) {

    static final int MOST_TOKENS = 1 << 22;

    /// As many tokens as the model has rows: unused ones are appended, and those that were added to the base
    /// vocabulary without ever getting a row are left out.
    ///
    /// @param notes hears of it
    public Vocabulary fitted(int rows, Consumer<String> notes) {
        if (tokens.size() == rows) {
            return this;
        }
        if (rows < base) {
            throw new ModelFormatException(
                    source,
                    "vocabulary",
                    base + " tokens",
                    "at most " + rows + ", the rows of the token table",
                    "do tokenizer and weights belong together?");
        }
        List<Token> fitted = new ArrayList<>(tokens.subList(0, Math.min(rows, tokens.size())));
        if (tokens.size() > rows) {
            notes.accept(source + ": " + (tokens.size() - rows) + " added tokens have no row in the token table and are"
                    + " left out");
        } else {
            notes.accept(
                    source + ": " + (rows - tokens.size()) + " rows of the token table have no token; they are named"
                            + " [PAD" + fitted.size() + "] to [PAD" + (rows - 1) + "]");
        }
        while (fitted.size() < rows) {
            fitted.add(Token.unused(fitted.size()));
        }
        Map<String, Integer> kept = new HashMap<>(ids);
        kept.values().removeIf(id -> id >= rows);
        return new Vocabulary(source, model, pre, fitted, base, merges, kept, flags, charsmap, chatTemplate);
    }

    /// The same with other special tokens.
    public Vocabulary withIds(Map<String, Integer> other) {
        return new Vocabulary(source, model, pre, tokens, base, merges, other, flags, charsmap, chatTemplate);
    }
}
