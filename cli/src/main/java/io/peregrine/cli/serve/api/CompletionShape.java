package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.model.TokenLogprob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers of `/v1/completions`.
final class CompletionShape extends AnswerShape {

    private static final int CONTINUES = 0b10;

    /// Characters of the tokens written so far.
    private int offset;

    CompletionShape(AnswerHead head, boolean logprobs) {
        super(head, logprobs);
    }

    @Override
    String wholeType() {
        return "text_completion";
    }

    @Override
    String pieceType() {
        return "text_completion";
    }

    @Override
    void putWhole(ObjectNode choice, String text) {
        choice.put("text", text);
    }

    @Override
    void putPiece(ObjectNode choice, @Nullable String text) {
        choice.put("text", text == null ? "" : text);
    }

    @Override
    @Nullable
    ObjectNode opening() {
        return null;
    }

    /// Of equal texts of tokens the likeliest is told.
    @Override
    ObjectNode logprobs(List<TokenLogprob> tokens) {
        ObjectNode logprobs = NODES.objectNode();
        ArrayNode texts = logprobs.putArray("tokens");
        ArrayNode values = logprobs.putArray("token_logprobs");
        ArrayNode tops = logprobs.putArray("top_logprobs");
        ArrayNode offsets = logprobs.putArray("text_offset");
        for (TokenLogprob token : tokens) {
            texts.add(token.text());
            values.add(token.logprob());
            ObjectNode top = tops.addObject();
            for (TokenLogprob other : token.top()) {
                if (!top.has(other.text())) {
                    top.put(other.text(), other.logprob());
                }
            }
            offsets.add(offset);
            offset += charactersBegun(token.bytes());
        }
        return logprobs;
    }

    private static int charactersBegun(byte[] utf8) {
        int begun = 0;
        for (byte one : utf8) {
            if ((one & 0xFF) >>> 6 != CONTINUES) {
                begun++;
            }
        }
        return begun;
    }
}
