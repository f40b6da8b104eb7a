package io.peregrine.cli;

import io.peregrine.cli.serve.HttpOptions;
import io.peregrine.cli.serve.HttpServer;
import io.peregrine.cli.serve.Metrics;
import io.peregrine.cli.serve.Page;
import io.peregrine.cli.serve.RequestLog;
import io.peregrine.cli.serve.Routes;
import io.peregrine.cli.serve.Service;
import io.peregrine.cli.serve.StatusRoutes;
import io.peregrine.cli.serve.api.Endpoints;
import io.peregrine.cli.serve.picture.PictureOptions;
import io.peregrine.cli.serve.picture.PictureSources;
import io.peregrine.kernels.Compute;
import io.peregrine.model.SchedulerOptions;
import io.peregrine.model.sampling.SamplingOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peregrine serve`: the server.
@Command(
        name = "serve",
        header = "Serve a model to OpenAI clients, and to a browser.",
        description = "Serve a model over HTTP: OpenAI's API below /v1 for texts and pictures, streaming or not, and a page "
                + "to try it at /. Without a model the bundled demo model is served; a CLIP model answers /v1/embeddings. "
                + "See docs/SERVER.md.",
        footer = {
            "",
            "Examples:",
            "  peregrine serve -m model.gguf --mmproj mmproj.gguf",
            "  peregrine serve -m model.gguf --host 0.0.0.0 --api-key-file keys.txt",
            "",
            "  curl http://127.0.0.1:8080/v1/chat/completions -H 'Content-Type: application/json' \\",
            "    -d '{\"messages\": [{\"role\": \"user\", \"content\": \"Why is the sky blue?\"}]}'",
            "",
            "  from openai import OpenAI",
            "  client = OpenAI(base_url='http://127.0.0.1:8080/v1', api_key='none')",
            "  answer = client.chat.completions.create(model='model', messages=[{'role': 'user', 'content': 'Hello!'}])"
        })
final class Serve implements Callable<Integer> {

    @Mixin
    private ModelArguments modelArguments = new ModelArguments();

    @Mixin
    private ModelArguments.Context context = new ModelArguments.Context();

    @Mixin
    private ChatArguments.Template template = new ChatArguments.Template();

    @Mixin
    private SamplingArguments.Draws draws = new SamplingArguments.Draws();

    @Mixin
    private PictureArguments pictures = new PictureArguments();

    @Mixin
    private HttpArguments http = new HttpArguments();

    @Option(
            names = "--parallel",
            paramLabel = "N",
            defaultValue = "0",
            description = "Requests that are answered at a time. Default: as many as the heap has room for, up to 8.")
    private int parallel;

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "8",
            description = "Requests that may wait for that; more are refused with status 503. Default: ${DEFAULT-VALUE}.")
    private int queue;

    @Option(
            names = "--reproducible",
            description = "The same request with the same seed gets the same answer, whoever else is served and whatever is"
                    + " kept; slower for a single client.")
    private boolean reproducible;

    @Option(
            names = {"-n", "--n-predict"},
            paramLabel = "N",
            defaultValue = "-1",
            description = "Most tokens of an answer, whatever a request asks for; -1 for as many as the context holds."
                    + " Default: ${DEFAULT-VALUE}.")
    private int maxTokens;

    @Option(
            names = "--alias",
            paramLabel = "NAME",
            description = "The model's name for clients. Default: that of its file.")
    private @Nullable String alias;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec command;

    private final PrintStream out;

    Serve(PrintStream out) {
        this.out = out;
    }

    /// The command, of which the model is optional, unlike in others.
    static CommandLine command(PrintStream out) {
        CommandLine line = new CommandLine(new Serve(out));
        CommandSpec spec = line.getCommandSpec();
        OptionSpec model = spec.findOption("--model");
        spec.remove(model);
        spec.addOption(OptionSpec.builder(model)
                .required(false)
                .description(model.description()[0] + " Default: the bundled demo model.")
                .build());
        return line;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (StopSignal stop = new StopSignal()) {
            serve(stop);
        }
        return 0;
    }

    private void serve(StopSignal stop) throws IOException, InterruptedException {
        HttpOptions options = http.options();
        Duration patience = http.drainTimeout();
        SchedulerOptions scheduling = Usage.checked(command, this::scheduling);
        SamplingOptions sampling = Usage.checked(command, () -> draws.options(SamplingOptions.defaults(), 0));
        PictureOptions shown = pictures.options();
        Service service = new Service();
        Metrics metrics = new Metrics(build());
        RequestLog log = new RequestLog(System.err, http.logForm());
        try (PictureSources sources = new PictureSources(shown);
                HttpServer server = HttpServer.start(
                        options, routes(service, metrics, sources, sampling), service::phase, metrics, log)) {
            try (ServedModel model =
                    ServedModel.load(modelArguments, alias, template.read(), scheduling, () -> !stop.isAsked())) {
                ServerMetrics.addTo(metrics, model.loaded());
                service.ready(model.loaded());
                out.println("serving " + model.loaded().id() + " at " + url(options, server));
                stop.await();
                System.err.println("peregrine: shutting down; what is being answered has " + patience.toSeconds()
                        + " s; the same signal again ends at once");
                service.stop();
                if (!server.drain(patience)) {
                    System.err.println("peregrine: gave up what was not answered by then");
                }
            } catch (CancellationException e) {
                if (!stop.isAsked()) {
                    throw e;
                }
            }
        }
    }

    private static Routes routes(
            Service service, Metrics metrics, PictureSources sources, SamplingOptions sampling) {
        Routes routes = new Routes();
        StatusRoutes.addTo(routes, service, metrics);
        Page.addTo(routes);
        new Endpoints(service, sources, sampling).addTo(routes);
        return routes;
    }

    private SchedulerOptions scheduling() {
        if (maxTokens < -1 || maxTokens == 0) {
            throw new IllegalArgumentException("n-predict: found " + maxTokens + ", expected -1 or at least 1");
        }
        return SchedulerOptions.defaults()
                .withSequences(parallel)
                .withWaiting(queue)
                .withReproducible(reproducible)
                .withMaxTokens(maxTokens == -1 ? Integer.MAX_VALUE : maxTokens)
                .withSession(context.options());
    }

    private static Map<String, String> build() {
        String version = Serve.class.getPackage().getImplementationVersion();
        return Map.of(
                "version",
                version == null ? "development" : version,
                "java",
                Runtime.version().toString(),
                "kernels",
                Compute.describe());
    }

    /// Where to find it: with the port that was chosen, and a name for "all addresses".
    private static String url(HttpOptions options, HttpServer server) {
        String host = options.host();
        String name = host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host.contains(":") ? "[" + host + "]" : host;
        return "http://" + name + ":" + server.address().getPort();
    }
}
