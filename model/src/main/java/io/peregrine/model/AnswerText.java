package io.peregrine.model;

import io.peregrine.model.tokenizer.TextDecoder;
import java.util.List;

/// The text of an answer as its tokens come: whole characters, held back while they could be the beginning of
/// a stop string. Belongs to one generation.
final class AnswerText {

    private final TextDecoder decoder;
    private final List<String> stops;
    private final GenerateListener listener;
    private final StringBuilder text = new StringBuilder();
    private String held = "";

    AnswerText(TextDecoder decoder, List<String> stops, GenerateListener listener) {
        this.decoder = decoder;
        this.stops = stops;
        this.listener = listener;
    }

    /// Takes the next token.
    ///
    /// @return whether a stop string appeared; the answer then ends before it
    boolean append(int token) {
        return add(decoder.append(token));
    }

    /// Gives out what is held back.
    ///
    /// @return whether a stop string appeared at the very end
    boolean finish() {
        boolean stopped = add(decoder.finish());
        emit(held);
        held = "";
        return stopped;
    }

    /// The answer so far.
    String text() {
        return text.toString();
    }

    private boolean add(String piece) {
        held += piece;
        int stop = firstStop();
        if (stop >= 0) {
            emit(held.substring(0, stop));
            held = "";
            return true;
        }
        int safe = held.length() - undecided();
        emit(held.substring(0, safe));
        held = held.substring(safe);
        return false;
    }

    /// Where the earliest stop string begins, or -1.
    private int firstStop() {
        int first = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
            }
        }
        return first;
    }

    /// Length of the longest end that begins a stop string.
    private int undecided() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (held.endsWith(stop.substring(0, length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private void emit(String piece) {
        if (!piece.isEmpty()) {
            text.append(piece);
            listener.text(piece);
        }
    }
}
