package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.serve.ApiException;
import io.peregrine.cli.serve.Service;
import io.peregrine.model.ChatFormat;
import io.peregrine.model.EmbeddingModel;
import io.peregrine.model.Model;
import io.peregrine.model.Scheduler;
import org.jspecify.annotations.Nullable;

/// The model that a request is answered with.
record Served(Service.Loaded loaded) {

    /// A model that writes.
    ///
    /// @param scheduler that answers with it
    /// @param format how it is spoken with, or null if it has no chat template
    record Writer(Model model, Scheduler scheduler, @Nullable ChatFormat format) {}

    String id() {
        return loaded.id();
    }

    /// @param asked the name in a request; null asks for any model
    /// @throws ApiException 404 if it is another model's name
    void check(@Nullable String asked) {
        if (asked != null && !asked.equals(id())) {
            throw new ApiException(
                    404,
                    ApiException.INVALID_REQUEST,
                    "model_not_found",
                    "model",
                    "model: there is no model " + Shown.text(asked) + " here, expected \"" + id() + '"');
        }
    }

    /// @throws ApiException 400 if it does not write
    Writer writer() {
        Model model = loaded.model();
        Scheduler scheduler = loaded.scheduler();
        if (model == null || scheduler == null) {
            throw wrongKind("it makes embeddings; ask for them at /v1/embeddings");
        }
        return new Writer(model, scheduler, loaded.format());
    }

    /// @throws ApiException 400 if it does not make embeddings
    EmbeddingModel embedder() {
        EmbeddingModel embedder = loaded.embeddings();
        if (embedder == null) {
            throw wrongKind("it writes; ask it at /v1/chat/completions or /v1/completions");
        }
        return embedder;
    }

    private ApiException wrongKind(String what) {
        return new ApiException(
                400,
                ApiException.INVALID_REQUEST,
                "unsupported_model",
                "model",
                "model: \"" + id() + "\" does not do this: " + what);
    }

    /// As OpenAI lists models.
    ObjectNode json() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id())
                .put("object", "model")
                .put("created", loaded.createdSeconds())
                .put("owned_by", "peregrine");
    }
}
