package io.peregrine.cli.serve.api;

import io.peregrine.cli.serve.ApiException;
import io.peregrine.cli.serve.Exchange;
import io.peregrine.cli.serve.picture.PictureSources;
import io.peregrine.cli.serve.picture.PictureUrl;
import io.peregrine.cli.serve.picture.Pictures;
import io.peregrine.model.ChatFormat;
import io.peregrine.model.Prompt;
import io.peregrine.model.sampling.SamplingOptions;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// Answers chats and completions. Safe for any thread.
final class AnswerEndpoints {

    private final PictureSources sources;
    private final SamplingOptions defaults;

    /// @param defaults where a request says nothing
    AnswerEndpoints(PictureSources sources, SamplingOptions defaults) {
        this.sources = sources;
        this.defaults = defaults;
    }

    void chat(Exchange exchange, Served served) throws InterruptedException {
        ChatRequest request = ChatRequest.read(JsonBody.parse(exchange.request().body()), defaults);
        served.check(request.model());
        Served.Writer writer = served.writer();
        ChatFormat format = writer.format();
        if (format == null) {
            throw ApiException.refused(
                    400,
                    "no_chat_template",
                    "the model has no chat template; ask it at /v1/completions, or start the server with"
                            + " --chat-template");
        }
        AnswerShape shape =
                new ChatShape(head("chatcmpl-", served, request.stream()), request.options().logprobs() >= 0);
        try (Pictures shown = pictures(writer, request.chat().pictures())) {
            Prompt prompt = Refusals.naming(
                    "messages", () -> format.prompt(request.chat().messages(), shown.images()));
            new AnswerRun(exchange, shape, request.stream().on(), "messages")
                    .run(writer.scheduler(), prompt, format.options(request.options()), format);
        }
    }

    void complete(Exchange exchange, Served served) throws InterruptedException {
        CompletionRequest request = CompletionRequest.read(JsonBody.parse(exchange.request().body()), defaults);
        served.check(request.model());
        Served.Writer writer = served.writer();
        AnswerShape shape =
                new CompletionShape(head("cmpl-", served, request.stream()), request.options().logprobs() >= 0);
        try (Pictures shown = pictures(writer, request.prompt().pictures())) {
            Prompt prompt = Refusals.naming("prompt", () -> request.prompt().with(shown.images()));
            new AnswerRun(exchange, shape, request.stream().on(), "prompt")
                    .run(writer.scheduler(), prompt, request.options(), null);
        }
    }

    private Pictures pictures(Served.Writer writer, List<PictureUrl> urls) throws InterruptedException {
        if (!urls.isEmpty() && !writer.model().seesImages()) {
            PictureUrl first = urls.getFirst();
            throw ApiException.badField(
                    first.path(),
                    first.path()
                            + ": the model sees no pictures; start the server with the --mmproj that belongs to it");
        }
        return sources.read(urls);
    }

    private static AnswerShape.AnswerHead head(String prefix, Served served, StreamFields stream) {
        return new AnswerShape.AnswerHead(
                prefix + UUID.randomUUID().toString().replace("-", ""),
                Instant.now().getEpochSecond(),
                served.id(),
                stream.usage(),
                served.writer().model().tokenizer().vocabulary()::isEndOfGeneration);
    }
}
