package io.peregrine.model.image;

/// What becomes of the transparent parts of a picture: a model sees three channels.
public enum Transparency {
    /// The picture lies on white, as a page or a viewer shows it. The default.
    OVER_WHITE,

    /// The alpha channel is left out and the colours under it are seen, whatever they are. This is what
    /// `Image.open(f).convert("RGB")` does in most reference implementations: choose it to compare with them.
    DROP
}
