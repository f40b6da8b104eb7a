package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peregrine.cli.serve.HttpOptions;
import io.peregrine.cli.serve.HttpServer;
import io.peregrine.cli.serve.Metrics;
import io.peregrine.cli.serve.RequestLog;
import io.peregrine.cli.serve.Routes;
import io.peregrine.cli.serve.Service;
import io.peregrine.cli.serve.picture.PictureOptions;
import io.peregrine.cli.serve.picture.PictureSources;
import io.peregrine.model.ChatFormat;
import io.peregrine.model.EmbeddingModel;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Scheduler;
import io.peregrine.model.SchedulerOptions;
import io.peregrine.model.SessionOptions;
import io.peregrine.model.chat.ChatTemplate;
import io.peregrine.model.sampling.SamplingOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A server with a small model on a free port of this machine, and a client for it.
final class ApiServer implements AutoCloseable {

    static final ObjectMapper JSON = new ObjectMapper();

    private static final Path DEMO = Path.of("src/main/resources/io/peregrine/cli/demo");
    private static final Path FIXTURES = Path.of("../model/src/test/resources/fixtures");

    /// What came back.
    record Answer(int status, String body) {

        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /// The data of a stream's events.
        List<String> events() {
            List<String> events = new ArrayList<>();
            for (String line : body.split("\n")) {
                if (line.startsWith("data: ")) {
                    events.add(line.substring("data: ".length()));
                }
            }
            return events;
        }
    }

    private final HttpServer server;
    private final List<AutoCloseable> owned;
    private final @Nullable Scheduler scheduler;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    private ApiServer(Service.Loaded loaded, PictureOptions pictureOptions, List<AutoCloseable> owned) throws IOException {
        this.owned = new ArrayList<>(owned);
        this.scheduler = loaded.scheduler();
        PictureSources pictures = new PictureSources(pictureOptions);
        this.owned.addFirst(pictures);
        Routes routes = new Routes();
        Service service = new Service();
        service.ready(loaded);
        new Endpoints(service, pictures, SamplingOptions.defaults()).addTo(routes);
        server = HttpServer.start(
                HttpOptions.defaults(),
                routes,
                service::phase,
                new Metrics(Map.of()),
                new RequestLog(new PrintStream(log, true, StandardCharsets.UTF_8), RequestLog.Form.TEXT));
    }

    /// The bundled demo: it talks about pictures of shapes, by its own chat template.
    static ApiServer demo() throws IOException {
        return writing(DEMO.resolve("shapes-text-Q8_0.gguf"), DEMO.resolve("shapes-mmproj-F16.gguf"), null);
    }

    /// A toy with random weights.
    ///
    /// @param template the name of a built-in one, or null for none
    static ApiServer toy(String name, boolean sees, @Nullable String template) throws IOException {
        Path folder = FIXTURES.resolve(name);
        return writing(folder.resolve("model.gguf"), sees ? folder.resolve("mmproj.gguf") : null, template);
    }

    private static ApiServer writing(Path text, @Nullable Path vision, @Nullable String template) throws IOException {
        Model model = Model.load(text, LoadOptions.defaults().withMmproj(vision));
        Scheduler scheduler = model.newScheduler(
                SchedulerOptions.defaults().withSession(SessionOptions.defaults().withContextLength(2048)));
        ChatFormat format = template != null
                ? model.chatFormat(ChatTemplate.builtin(template))
                : model.hasChatTemplate() ? model.chatFormat(model.chatTemplate()) : null;
        return new ApiServer(
                new Service.Loaded("toy", 1_700_000_000, model, scheduler, format, null),
                PictureOptions.defaults(),
                List.of(scheduler, model));
    }

    static ApiServer clip() throws IOException {
        EmbeddingModel model = EmbeddingModel.load(FIXTURES.resolve("clip/model.gguf"));
        return new ApiServer(Service.Loaded.of("toy-clip", model), PictureOptions.defaults(), List.of(model));
    }

    static byte[] fixture(String name) throws IOException {
        return Files.readAllBytes(FIXTURES.resolve(name));
    }

    /// A bundled picture as a data URI.
    static String demoPicture(int number) throws IOException {
        return dataUri(Files.readAllBytes(DEMO.resolve("picture" + number + ".png")));
    }

    static String dataUri(byte[] png) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
    }

    InetSocketAddress address() {
        return server.address();
    }

    Scheduler scheduler() {
        if (scheduler == null) {
            throw new IllegalStateException("no model that writes");
        }
        return scheduler;
    }

    /// What the server logged.
    String log() {
        return log.toString(StandardCharsets.UTF_8);
    }

    Answer post(String path, String body) {
        return send(path, body);
    }

    Answer chat(String body) {
        return post("/v1/chat/completions", body);
    }

    Answer get(String path) {
        return send(path, null);
    }

    private Answer send(String path, @Nullable String body) {
        try {
            HttpURLConnection connection = (HttpURLConnection) URI.create(
                            "http://127.0.0.1:" + address().getPort() + path)
                    .toURL()
                    .openConnection();
            if (body != null) {
                connection.setDoOutput(true);
                connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
            }
            int status = connection.getResponseCode();
            InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream();
            return new Answer(status, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.close();
        for (AutoCloseable one : owned) {
            try {
                one.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
