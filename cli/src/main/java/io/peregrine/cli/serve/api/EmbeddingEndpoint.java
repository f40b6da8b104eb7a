package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.serve.ApiException;
import io.peregrine.cli.serve.Exchange;
import io.peregrine.cli.serve.Response;
import io.peregrine.cli.serve.TokenUsage;
import io.peregrine.cli.serve.picture.PictureSources;
import io.peregrine.cli.serve.picture.PictureUrl;
import io.peregrine.cli.serve.picture.Pictures;
import io.peregrine.model.ContextOverflowException;
import io.peregrine.model.Embedding;
import io.peregrine.model.EmbeddingModel;
import io.peregrine.model.LongText;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Semaphore;

/// Answers with vectors: one request at a time computes, some wait, the others are sent away. Safe for any thread.
final class EmbeddingEndpoint {

    private static final int MAX_WAITING = 8;
    private static final int LATER_SECONDS = 2;

    private final PictureSources sources;
    private final Semaphore computing = new Semaphore(1, true);

    EmbeddingEndpoint(PictureSources sources) {
        this.sources = sources;
    }

    void embed(Exchange exchange, Served served) throws InterruptedException {
        EmbeddingRequest request = EmbeddingRequest.read(JsonBody.parse(exchange.request().body()));
        served.check(request.model());
        EmbeddingModel model = served.embedder();
        if (request.dimensions() != 0 && request.dimensions() != model.dim()) {
            throw Fields.wrong("dimensions", Integer.toString(request.dimensions()), Integer.toString(model.dim()));
        }
        List<String> texts = texts(request);
        int tokens = tokens(model, request);
        if (computing.getQueueLength() >= MAX_WAITING) {
            throw ApiException.unavailable(
                    "queue_full", MAX_WAITING + " requests wait already, which is the most", LATER_SECONDS);
        }
        computing.acquire();
        List<Embedding> ofTexts;
        List<Embedding> ofImages;
        try (Pictures shown = sources.read(urls(request))) {
            ofTexts = model.embedTexts(texts, LongText.REFUSE);
            ofImages = model.embedImages(shown.images());
        } finally {
            computing.release();
        }
        exchange.usage(new TokenUsage(tokens, 0, 0, 0));
        exchange.respond(Response.json(
                200, json(request, served.id(), ofTexts.iterator(), ofImages.iterator(), tokens)));
    }

    private static List<String> texts(EmbeddingRequest request) {
        return request.inputs().stream()
                .filter(EmbeddingRequest.Text.class::isInstance)
                .map(input -> ((EmbeddingRequest.Text) input).text())
                .toList();
    }

    private static List<PictureUrl> urls(EmbeddingRequest request) {
        return request.inputs().stream()
                .filter(EmbeddingRequest.Picture.class::isInstance)
                .map(input -> ((EmbeddingRequest.Picture) input).url())
                .toList();
    }

    /// Tokens of all texts, each checked to be no longer than the model takes.
    private static int tokens(EmbeddingModel model, EmbeddingRequest request) {
        int tokens = 0;
        for (EmbeddingRequest.Input input : request.inputs()) {
            if (input instanceof EmbeddingRequest.Text text) {
                try {
                    tokens += model.tokens(text.text(), LongText.REFUSE).length;
                } catch (ContextOverflowException e) {
                    throw new ApiException(
                            400,
                            ApiException.INVALID_REQUEST,
                            "context_length_exceeded",
                            text.path(),
                            text.path() + ": found a text of " + e.needed() + " tokens with its begin and its end,"
                                    + " expected at most " + e.limit());
                }
            }
        }
        return tokens;
    }

    private static ObjectNode json(
            EmbeddingRequest request,
            String id,
            Iterator<Embedding> texts,
            Iterator<Embedding> images,
            int tokens) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = answer.putArray("data");
        for (EmbeddingRequest.Input input : request.inputs()) {
            Embedding embedding = input instanceof EmbeddingRequest.Text ? texts.next() : images.next();
            ObjectNode item = data.addObject().put("object", "embedding").put("index", data.size() - 1);
            if (request.base64()) {
                item.put("embedding", base64(embedding.toArray()));
            } else {
                ArrayNode values = item.putArray("embedding");
                for (float value : embedding.toArray()) {
                    values.add(value);
                }
            }
        }
        answer.put("model", id);
        answer.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
        return answer;
    }

    private static String base64(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
