package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.serve.Access;
import io.peregrine.cli.serve.ApiException;
import io.peregrine.cli.serve.Exchange;
import io.peregrine.cli.serve.Handler;
import io.peregrine.cli.serve.Response;
import io.peregrine.cli.serve.Routes;
import io.peregrine.cli.serve.Service;
import io.peregrine.cli.serve.picture.PictureSources;
import io.peregrine.model.sampling.SamplingOptions;

/// The endpoints below `/v1`, in the shapes of OpenAI's API. Safe for any thread.
public final class Endpoints {

    private static final String MODELS = "/v1/models";
    private static final int LATER_SECONDS = 10;

    private final Service service;
    private final AnswerEndpoints answers;
    private final EmbeddingEndpoint embeddings;

    /// @param service knows the model
    /// @param pictures not closed here
    /// @param defaults where a request says nothing about how tokens are chosen; their seed is not used
    public Endpoints(Service service, PictureSources pictures, SamplingOptions defaults) {
        this.service = service;
        this.answers = new AnswerEndpoints(pictures, defaults);
        this.embeddings = new EmbeddingEndpoint(pictures);
    }

    /// Adds all of them.
    public void addTo(Routes routes) {
        routes.add("POST", "/v1/chat/completions", Access.MODEL, ended(answers::chat))
                .add("POST", "/v1/completions", Access.MODEL, ended(answers::complete))
                .add("POST", "/v1/embeddings", Access.MODEL, ended(embeddings::embed))
                .add("GET", MODELS, Access.MODEL, this::models)
                .add("GET", MODELS + "/*", Access.MODEL, this::oneModel);
    }

    /// Something that answers one request.
    @FunctionalInterface
    private interface Work {
        void run(Exchange exchange, Served served) throws InterruptedException;
    }

    /// Work that ends when its client goes away, or the server gives it up: the thread is interrupted, in whatever it
    /// waits for.
    private Handler ended(Work work) {
        return exchange -> {
            exchange.onGone(Thread.currentThread()::interrupt);
            try {
                work.run(exchange, served());
            } catch (InterruptedException e) {
                throw ApiException.unavailable("cancelled", "the request was given up", LATER_SECONDS);
            }
        };
    }

    private Served served() {
        return new Served(service.loaded());
    }

    private void models(Exchange exchange) {
        ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
        list.putArray("data").add(served().json());
        exchange.respond(Response.json(200, list));
    }

    private void oneModel(Exchange exchange) {
        Served served = served();
        served.check(exchange.request().path().substring(MODELS.length() + 1));
        exchange.respond(Response.json(200, served.json()));
    }
}
