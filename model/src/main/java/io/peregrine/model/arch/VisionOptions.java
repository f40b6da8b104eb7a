package io.peregrine.model.arch;

import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Preprocess;
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
}
