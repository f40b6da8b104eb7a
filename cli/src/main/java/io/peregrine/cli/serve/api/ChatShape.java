package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.model.TokenLogprob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers of `/v1/chat/completions`.
final class ChatShape extends AnswerShape {

    ChatShape(AnswerHead head, boolean logprobs) {
        super(head, logprobs);
    }

    @Override
    String wholeType() {
        return "chat.completion";
    }

    @Override
    String pieceType() {
        return "chat.completion.chunk";
    }

    @Override
    void putWhole(ObjectNode choice, String text) {
        choice.putObject("message")
                .put("role", "assistant")
                .put("content", text)
                .putNull("refusal");
    }

    @Override
    void putPiece(ObjectNode choice, @Nullable String text) {
        ObjectNode delta = choice.putObject("delta");
        if (text != null) {
            delta.put("content", text);
        }
    }

    @Override
    ObjectNode opening() {
        ObjectNode opening = piece("", List.of());
        ((ObjectNode) opening.at("/choices/0/delta")).put("role", "assistant");
        return opening;
    }

    @Override
    ObjectNode logprobs(List<TokenLogprob> tokens) {
        ObjectNode logprobs = NODES.objectNode();
        ArrayNode content = logprobs.putArray("content");
        for (TokenLogprob token : tokens) {
            ObjectNode item = one(token);
            ArrayNode top = item.putArray("top_logprobs");
            token.top().forEach(other -> top.add(one(other)));
            content.add(item);
        }
        return logprobs.putNull("refusal");
    }

    private static ObjectNode one(TokenLogprob token) {
        ObjectNode one = NODES.objectNode().put("token", token.text()).put("logprob", token.logprob());
        one.set("bytes", bytes(token));
        return one;
    }
}
