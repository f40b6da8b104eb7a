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
import io.peregrine.model.EmbeddingModel;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Scheduler;
import io.peregrine.model.SchedulerOptions;
import io.peregrine.model.SessionOptions;
import io.peregrine.model.sampling.SamplingOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The server with all that `serve` puts together, on a free port of this machine.
public final class LiveServer implements AutoCloseable {

    private static final Path CLIP = Path.of("../model/src/test/resources/fixtures/clip/model.gguf");

    private final HttpServer server;

    /// In the order in which they are closed.
    private final List<AutoCloseable> parts;

    private LiveServer(Service.Loaded loaded, HttpOptions options, AutoCloseable... models) throws IOException {
        PictureSources pictures = new PictureSources(PictureOptions.defaults());
        Service service = new Service();
        Metrics metrics = new Metrics(Map.of("version", "test"));
        Routes routes = new Routes();
        StatusRoutes.addTo(routes, service, metrics);
        Page.addTo(routes);
        new Endpoints(service, pictures, SamplingOptions.defaults()).addTo(routes);
        ServerMetrics.addTo(metrics, loaded);
        RequestLog log = new RequestLog(new PrintStream(OutputStream.nullOutputStream()), RequestLog.Form.TEXT);
        server = HttpServer.start(options, routes, service::phase, metrics, log);
        parts = Stream.concat(Stream.of(server, pictures), Stream.of(models))
                .toList();
        service.ready(loaded);
    }

    /// The bundled model, with room for two requests and one that waits.
    public static LiveServer demo(HttpOptions options) throws IOException {
        Model model = Model.load(Path.of(Outcome.MODEL), LoadOptions.defaults().withMmproj(Path.of(Outcome.MMPROJ)));
        Scheduler scheduler = model.newScheduler(SchedulerOptions.defaults()
                .withSequences(2)
                .withWaiting(1)
                .withSession(SessionOptions.defaults().withContextLength(2048)));
        return new LiveServer(
                Service.Loaded.of("demo", model, scheduler, model.chatFormat(model.chatTemplate())),
                options,
                scheduler,
                model);
    }

    /// A toy that embeds pictures and texts.
    public static LiveServer clip(HttpOptions options) throws IOException {
        EmbeddingModel model = EmbeddingModel.load(CLIP);
        return new LiveServer(Service.Loaded.of("clip", model), options, model);
    }

    public String url() {
        return "http://127.0.0.1:" + server.address().getPort();
    }

    @Override
    public void close() {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
