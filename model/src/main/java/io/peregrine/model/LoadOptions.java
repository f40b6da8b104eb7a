package io.peregrine.model;

import io.peregrine.core.memory.LoadListener;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Preprocess;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How a model is loaded.
///
/// @param mmproj the file with the vision part, or null for text only
/// @param threads that compute; 0 for one per physical core of those the process may use
/// @param copyWeights read the weights into memory instead of mapping the files: immune to whatever happens
///     to them
/// @param featureLayer after which block of the vision tower its features are taken, against what the file
///     says; -1 for what the file says
/// @param fit how pictures become squares, instead of being cut into tiles too; null for what the file says
/// @param maxTiles the most tiles that a picture is cut into, for models that cut; 0 for as many as the file allows
/// @param preprocess whose way pictures take where programs differ
/// @param imageMinTokens the fewest tokens of a picture or of each of its tiles, for models that choose its size; 0 for
///     what the file or the family has
/// @param imageMaxTokens the most, likewise
/// @param listener hears how far loading has come
public record LoadOptions(
        @Nullable Path mmproj,
        int threads,
        boolean copyWeights,
        int featureLayer,
        @Nullable Fit fit,
        int maxTiles,
        Preprocess preprocess,
        int imageMinTokens,
        int imageMaxTokens,
        LoadListener listener) {

    private static final int MAX_THREADS = 1024;

    /// @throws IllegalArgumentException naming the field, its value and its range
    public LoadOptions {
        if (threads < 0 || threads > MAX_THREADS) {
            throw new IllegalArgumentException(
                    "threads: found " + threads + ", expected a number from 0 to " + MAX_THREADS);
        }
        if (featureLayer < -1) {
            throw new IllegalArgumentException("feature layer: found " + featureLayer + ", expected -1 or more");
        }
        if (maxTiles < 0) {
            throw new IllegalArgumentException("max tiles: found " + maxTiles + ", expected 0 or more");
        }
        if (imageMinTokens < 0) {
            throw new IllegalArgumentException(
                    "image min tokens: found " + imageMinTokens + ", expected 0 or more");
        }
        if (imageMaxTokens < 0 || imageMaxTokens > 0 && imageMaxTokens < imageMinTokens) {
            throw new IllegalArgumentException("image max tokens: found " + imageMaxTokens + ", expected "
                    + (imageMinTokens == 0
                            ? "0 or more"
                            : "0, or at least the min tokens, which are " + imageMinTokens));
        }
    }

    /// Text only, one thread per core, weights mapped.
    public static LoadOptions defaults() {
        return new LoadOptions(null, 0, false, -1, null, 0, Preprocess.AUTHORS, 0, 0, LoadListener.NONE);
    }

    public LoadOptions withMmproj(@Nullable Path value) {
        return new LoadOptions(
                value, threads, copyWeights, featureLayer, fit, maxTiles, preprocess, imageMinTokens, imageMaxTokens,
                listener);
    }

    public LoadOptions withThreads(int value) {
        return new LoadOptions(
                mmproj, value, copyWeights, featureLayer, fit, maxTiles, preprocess, imageMinTokens, imageMaxTokens,
                listener);
    }

    public LoadOptions withCopyWeights(boolean value) {
        return new LoadOptions(
                mmproj, threads, value, featureLayer, fit, maxTiles, preprocess, imageMinTokens, imageMaxTokens,
                listener);
    }

    public LoadOptions withFeatureLayer(int value) {
        return new LoadOptions(
                mmproj, threads, copyWeights, value, fit, maxTiles, preprocess, imageMinTokens, imageMaxTokens,
                listener);
    }

    public LoadOptions withFit(@Nullable Fit value) {
        return new LoadOptions(
                mmproj, threads, copyWeights, featureLayer, value, maxTiles, preprocess, imageMinTokens,
                imageMaxTokens, listener);
    }

    public LoadOptions withMaxTiles(int value) {
        return new LoadOptions(
                mmproj, threads, copyWeights, featureLayer, fit, value, preprocess, imageMinTokens, imageMaxTokens,
                listener);
    }

    public LoadOptions withPreprocess(Preprocess value) {
        return new LoadOptions(
                mmproj, threads, copyWeights, featureLayer, fit, maxTiles, value, imageMinTokens, imageMaxTokens,
                listener);
    }

    /// @param min as [#imageMinTokens]
    /// @param max as [#imageMaxTokens]
    public LoadOptions withImageTokens(int min, int max) {
        return new LoadOptions(
                mmproj, threads, copyWeights, featureLayer, fit, maxTiles, preprocess, min, max, listener);
    }

    public LoadOptions withListener(LoadListener value) {
        return new LoadOptions(
                mmproj, threads, copyWeights, featureLayer, fit, maxTiles, preprocess, imageMinTokens, imageMaxTokens,
                value);
    }
}
