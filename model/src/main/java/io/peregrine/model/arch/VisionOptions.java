package io.peregrine.model.arch;

/// What the caller decides about a vision tower.
///
/// @param featureLayer depth of the hidden state that the projector sees, instead of the file's; -1 is the file's
public record VisionOptions(int featureLayer) {

    public static final VisionOptions DEFAULT = new VisionOptions(-1);
}
