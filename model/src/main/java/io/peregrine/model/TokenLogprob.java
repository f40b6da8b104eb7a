package io.peregrine.model;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// How likely a token of an answer was, and what else was: natural logarithms of the probabilities that the logits
/// give as they are, before penalties, temperature and everything else that chooses.
///
/// @param token its number
/// @param bytes its text, which may be a part of a character, and is empty for tokens that have none; not to be changed
/// @param logprob 0 or less
/// @param top the most likely tokens in its place, the best first, as many as were asked for; these have none themselves
public record TokenLogprob(int token, byte[] bytes, double logprob, List<TokenLogprob> top) {

    public TokenLogprob {
        top = List.copyOf(top);
    }

    /// Its text; what is no whole character is U+FFFD.
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
