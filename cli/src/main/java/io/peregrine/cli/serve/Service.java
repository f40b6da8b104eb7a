package io.peregrine.cli.serve;

import io.peregrine.model.EmbeddingModel;
import io.peregrine.model.Model;
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
    /// @param embeddings the model for embeddings; null if answers are served
    public record Loaded(
            String id,
            long createdSeconds,
            @Nullable Model model,
            @Nullable EmbeddingModel embeddings) {}

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
