package io.peregrine.cli.serve;

import io.peregrine.model.ChatFormat;
import io.peregrine.model.EmbeddingModel;
import io.peregrine.model.Model;
import io.peregrine.model.Scheduler;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What the endpoints work with: nothing while the model is being loaded, then the model, and nothing new once the
/// server shuts down. Safe for any thread; does not close what it holds.
public final class Service {

    private volatile Phase phase = Phase.LOADING;
    private volatile @Nullable Loaded loaded;

    /// What is served: a language model, or a model for embeddings.
    ///
    /// @param id the model's name for clients
    /// @param createdSeconds since 1970, when it was loaded
    /// @param model that answers; null if embeddings are served
    /// @param scheduler of that model's answers; null if embeddings are served
    /// @param format how that model is spoken with; null if it has no chat template, or embeddings are served
    /// @param embeddings the model for embeddings; null if answers are served
    public record Loaded(
            String id,
            long createdSeconds,
            @Nullable Model model,
            @Nullable Scheduler scheduler,
            @Nullable ChatFormat format,
            @Nullable EmbeddingModel embeddings) {

        /// A language model.
        public static Loaded of(String id, Model model, Scheduler scheduler, @Nullable ChatFormat format) {
            return new Loaded(id, now(), model, scheduler, format, null);
        }

        /// A model for embeddings.
        public static Loaded of(String id, EmbeddingModel embeddings) {
            return new Loaded(id, now(), null, null, null, embeddings);
        }

        private static long now() {
            return Instant.now().getEpochSecond();
        }
    }

    /// The model is there: requests are answered from now on.
    public void ready(Loaded what) {
        loaded = what;
        if (phase == Phase.LOADING) {
            phase = Phase.READY;
        }
    }

    /// Nothing new from now on.
    public void stop() {
        phase = Phase.STOPPING;
    }

    public Phase phase() {
        return phase;
    }

    /// @throws ApiException 503 if it is not there yet
    public Loaded loaded() {
        Loaded there = loaded;
        if (there == null) {
            throw loading();
        }
        return there;
    }

    static ApiException loading() {
        return ApiException.unavailable("loading", "the model is being loaded", 5);
    }
}
