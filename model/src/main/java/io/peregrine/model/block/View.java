package io.peregrine.model.block;

/// What a vision tower looks at: normalised pixels, made from a picture or from a part of it.
///
/// @param pixels `[height, width, 3]`, red first
public record View(int width, int height, float[] pixels) {}
