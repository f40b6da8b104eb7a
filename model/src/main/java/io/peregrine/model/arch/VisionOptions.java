package io.peregrine.model.arch;

import io.peregrine.core.ResourceLimitException;
import io.peregrine.kernels.Activation;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Preprocess;
import io.peregrine.model.image.SmartResize;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the caller decides about a vision tower.
///
/// @param featureLayer depth of the hidden state that the projector sees, instead of the file's; -1 is the
///     file's
/// @param fit how a picture becomes a square, or null: as the file says
/// @param maxTiles the most tiles that a picture is cut into; 0: as many as the file allows
/// @param preprocess whose way pictures take where programs differ
/// @param minTokens the fewest rows of a view, for families that choose its size; 0: as the file or the family has it
/// @param maxTokens the most rows of a view, likewise
public record VisionOptions(
        int featureLayer, @Nullable Fit fit, int maxTiles, Preprocess preprocess, int minTokens, int maxTokens) {

    public static final VisionOptions DEFAULT = new VisionOptions(-1, null);

    /// As many tiles and rows as the file allows, the authors' way.
    public VisionOptions(int featureLayer, @Nullable Fit fit) {
        this(featureLayer, fit, 0);
    }

    /// As many rows as the file allows, the authors' way.
    public VisionOptions(int featureLayer, @Nullable Fit fit, int maxTiles) {
        this(featureLayer, fit, maxTiles, Preprocess.AUTHORS, 0, 0);
    }

    /// The sizes of views whose sides are multiples of a factor, and each of whose tokens is a square of that: within the
    /// limits of the caller, or else of the family.
    ///
    /// @param factor in pixels
    /// @param minPixels the family's lower limit of the area
    /// @param maxPixels its upper one, [SmartResize#NO_LIMIT] for none
    /// @throws ResourceLimitException if the caller's limits are more than a picture can have
    SmartResize sizes(int factor, long minPixels, long maxPixels) {
        long area = (long) factor * factor;
        long most = SmartResize.NO_LIMIT / area;
        if (Math.max(minTokens, maxTokens) > most) {
            throw new ResourceLimitException(
                    "tokens of a picture", Integer.toString(Math.max(minTokens, maxTokens)), most + " tokens", "ask for fewer");
        }
        long min = minTokens == 0 ? minPixels : minTokens * area;
        long max = maxTokens == 0 ? Math.max(min, maxPixels) : maxTokens * area;
        return new SmartResize(factor, Math.min(min, max), max);
    }

    /// The GELU of projectors whose authors have the exact one: with llama.cpp's way of preparing pictures, the
    /// approximation by tanh that it computes in its place, so that results can be compared closely. They differ by less
    /// than 0.0005.
    Activation projectorGelu() {
        return preprocess == Preprocess.LLAMA_CPP ? Activation.GELU_TANH : Activation.GELU_ERF;
    }

    /// Says what does not matter to a family that looks at each picture as one view in its own shape.
    void noteOneView(Consumer<String> notes) {
        if (maxTiles > 0) {
            notes.accept("vision: a picture is one view; how many tiles are allowed does not matter");
        }
        if (fit != null) {
            notes.accept("vision: a picture keeps its shape; how it would become a square does not matter");
        }
    }
}
