package io.peregrine.cli;

import io.peregrine.cli.serve.Service.Loaded;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufOptions;
import io.peregrine.model.EmbeddingModel;
import io.peregrine.model.Model;
import io.peregrine.model.Scheduler;
import io.peregrine.model.SchedulerOptions;
import io.peregrine.model.chat.ChatTemplate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A model that is served, with its scheduler. Whoever loads it closes it.
final class ServedModel implements AutoCloseable {

    private static final String DEMO = "demo";

    private final Loaded loaded;

    /// Each to be closed before the next.
    private final List<AutoCloseable> parts;

    private ServedModel(Loaded loaded, AutoCloseable... parts) {
        this.loaded = loaded;
        this.parts = List.of(parts);
    }

    /// Loads the model that was named: one for embeddings if it is a CLIP model. If none was named, the bundled one.
    ///
    /// @param alias its name for clients, or null for that of its file
    /// @param template its chat template, or null for its own
    /// @param goOn asked now and then while it loads
    /// @throws java.util.concurrent.CancellationException if that said no
    static ServedModel load(
            ModelArguments arguments,
            @Nullable String alias,
            @Nullable ChatTemplate template,
            SchedulerOptions scheduling,
            BooleanSupplier goOn)
            throws IOException {
        Path file = arguments.namesModel() ? arguments.model : null;
        String name = file == null ? DEMO : String.valueOf(file.getFileName());
        String id = alias != null ? alias : name.endsWith(".gguf") ? name.substring(0, name.length() - 5) : name;
        if (file != null) {
            arguments.checkWeights();
        }
        try (Progress progress = Progress.of("loading " + name)) {
            var options = arguments.options(progress, goOn);
            if (file == null) {
                return scheduled(id, arguments.tellNotes(Demo.load(options)), template, scheduling);
            }
            if (options.mmproj() == null && isClip(file)) {
                EmbeddingModel clip = EmbeddingModel.load(file, options);
                return new ServedModel(Loaded.of(id, clip), clip);
            }
            return scheduled(id, arguments.tellNotes(Model.load(file, options)), template, scheduling);
        }
    }

    private static boolean isClip(Path file) {
        try (GgufFile opened = GgufFile.open(file, GgufOptions.DEFAULT)) {
            return "clip".equals(opened.metadata().stringOrNull("general.architecture"));
        }
    }

    private static ServedModel scheduled(
            String id, Model model, @Nullable ChatTemplate template, SchedulerOptions options) {
        try {
            ChatTemplate used = template != null ? template : model.hasChatTemplate() ? model.chatTemplate() : null;
            Scheduler scheduler = model.newScheduler(options);
            return new ServedModel(
                    Loaded.of(id, model, scheduler, used == null ? null : model.chatFormat(used)), scheduler, model);
        } catch (Throwable e) {
            model.close();
            throw e;
        }
    }

    Loaded loaded() {
        return loaded;
    }

    @Override
    public void close() {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing a model does not fail", e);
            }
        }
    }
}
