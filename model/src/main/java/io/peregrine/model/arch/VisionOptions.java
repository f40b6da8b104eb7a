package io.peregrine.model.arch;

import io.peregrine.model.image.Fit;
import org.jspecify.annotations.Nullable;

/// What the caller decides about a vision tower.
///
/// @param featureLayer depth of the hidden state that the projector sees, instead of the file's; -1 is the
///     file's
/// @param fit how a picture becomes a square, or null: as the file says
/// @param maxTiles the most tiles that a picture is cut into; 0: as many as the file allows
public record VisionOptions(int featureLayer, @Nullable Fit fit, int maxTiles) {

    public static final VisionOptions DEFAULT = new VisionOptions(-1, null);

    /// As many tiles as the file allows.
    public VisionOptions(int featureLayer, @Nullable Fit fit) {
        this(featureLayer, fit, 0);
    }
}
