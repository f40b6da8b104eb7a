package io.peregrine.model.arch;

import io.peregrine.model.image.Fit;
import org.jspecify.annotations.Nullable;

/// What the caller decides about a vision tower.
///
/// @param featureLayer depth of the hidden state that the projector sees, instead of the file's; -1 is the
///     file's
/// @param fit how a picture becomes a square, or null: as the file says
public record VisionOptions(int featureLayer, @Nullable Fit fit) {

    public static final VisionOptions DEFAULT = new VisionOptions(-1, null);
}
