package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.model.FinishReason;
import io.peregrine.model.GenerateResult;
import io.peregrine.model.TokenLogprob;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// How one answer is written as JSON: whole, or in pieces. Belongs to one request.
abstract class AnswerShape {

    static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final AnswerHead head;
    private final boolean logprobs;

    /// @param head what all objects of the answer begin with
    /// @param logprobs whether the probabilities of tokens are told
    AnswerShape(AnswerHead head, boolean logprobs) {
        this.head = head;
        this.logprobs = logprobs;
    }

    /// What objects of an answer begin with.
    ///
    /// @param id of the answer
    /// @param created when, in seconds since 1970
    /// @param model the name of the model
    /// @param usageAtEnd whether the last piece tells what the answer took; the others then say that they do not
    /// @param ends whether a token ends answers: it is then none of their text
    record AnswerHead(String id, long created, String model, boolean usageAtEnd, IntPredicate ends) {}

    /// The name of a whole answer's type.
    abstract String wholeType();

    /// The name of a piece's type.
    abstract String pieceType();

    /// Puts text into a choice of a whole answer.
    abstract void putWhole(ObjectNode choice, String text);

    /// Puts the next text into a choice of a piece.
    ///
    /// @param text null at the end
    abstract void putPiece(ObjectNode choice, @Nullable String text);

    /// The probabilities of the next tokens.
    abstract ObjectNode logprobs(List<TokenLogprob> tokens);

    /// What a stream begins with, or null for nothing.
    abstract @Nullable ObjectNode opening();

    final ObjectNode whole(GenerateResult result) {
        ObjectNode answer = head(wholeType());
        ObjectNode choice = answer.putArray("choices").addObject().put("index", 0);
        putWhole(choice, result.text());
        putLogprobs(choice, visible(result.logprobs()));
        choice.put("finish_reason", reason(result));
        answer.set("usage", Usage.json(result));
        answer.set("timings", Usage.timings(result));
        return answer;
    }

    /// @param tokens that end with this text, if probabilities are told
    final ObjectNode piece(String text, List<TokenLogprob> tokens) {
        return piece(text, tokens, null);
    }

    /// The piece that tells why the answer ended.
    ///
    /// @param tokens that were in no piece
    final ObjectNode end(GenerateResult result, List<TokenLogprob> tokens) {
        ObjectNode piece = piece(null, visible(tokens), reason(result));
        piece.set("timings", Usage.timings(result));
        return piece;
    }

    /// The piece behind that, if it is asked for.
    final ObjectNode usage(GenerateResult result) {
        ObjectNode piece = head(pieceType());
        piece.putArray("choices");
        piece.set("usage", Usage.json(result));
        return piece;
    }

    final boolean usageAtEnd() {
        return head.usageAtEnd();
    }

    final ObjectNode piece(@Nullable String text, List<TokenLogprob> tokens, @Nullable String reason) {
        ObjectNode piece = head(pieceType());
        ObjectNode choice = piece.putArray("choices").addObject().put("index", 0);
        putPiece(choice, text);
        putLogprobs(choice, tokens);
        choice.put("finish_reason", reason);
        if (head.usageAtEnd()) {
            piece.putNull("usage");
        }
        return piece;
    }

    private ObjectNode head(String type) {
        return NODES.objectNode()
                .put("id", head.id())
                .put("object", type)
                .put("created", head.created())
                .put("model", head.model());
    }

    private void putLogprobs(ObjectNode choice, List<TokenLogprob> tokens) {
        choice.set("logprobs", logprobs ? logprobs(tokens) : NODES.nullNode());
    }

    /// Without the token that ends an answer.
    private List<TokenLogprob> visible(List<TokenLogprob> tokens) {
        boolean ended = !tokens.isEmpty() && head.ends().test(tokens.getLast().token());
        return ended ? tokens.subList(0, tokens.size() - 1) : tokens;
    }

    private static String reason(GenerateResult result) {
        return result.finish() == FinishReason.LENGTH ? "length" : "stop";
    }

    static ArrayNode bytes(TokenLogprob token) {
        ArrayNode bytes = NODES.arrayNode();
        for (byte one : token.bytes()) {
            bytes.add(one & 0xFF);
        }
        return bytes;
    }
}
