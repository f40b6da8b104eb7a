package io.peregrine.model.image;

/// One view as a vision tower takes it: normalised RGB. The array is handed over, not copied.
///
/// @param width pixels from left to right
/// @param height pixels from top to bottom
/// @param values `[height, width, 3]`
public record Pixels(int width, int height, float[] values) {

    public Pixels {
        if (width < 1 || height < 1 || values.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    values.length + " values for " + width + " x " + height + " pixels of 3 values");
        }
    }
}
