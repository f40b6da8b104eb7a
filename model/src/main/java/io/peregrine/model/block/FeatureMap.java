package io.peregrine.model.block;

/// What a convolutional tower sees of a picture at one scale.
///
/// @param rows `[height * width, channels]`, from left to right and from top to bottom
public record FeatureMap(int height, int width, Rows rows) {}
