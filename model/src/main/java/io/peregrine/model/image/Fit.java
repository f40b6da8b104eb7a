package io.peregrine.model.image;

/// How a picture of any shape becomes a square.
public enum Fit {
    /// Padded to a square with the mean colour, then resized: nothing is lost. What LLaVA-1.5 was trained
    /// with.
    PAD,
    /// Resized to the shorter side, then the middle is cut out: the ends of the longer side are lost. What
    /// CLIP was trained with.
    CROP,
    /// Stretched or squeezed to a square.
    SQUASH
}
