package io.peregrine.model.image;

import io.peregrine.core.ResourceLimitException;
import io.peregrine.kernels.BilinearResize;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;

/// The way of a picture into Osprey's tower: resized to a shorter side as PIL does and normalised, then stretched to
/// a square as torch does with floats. Nothing is cut off, so a mask of the picture stretches with it.
///
/// Source: `CircleRadon/Osprey : demo/osprey_inference.py`.
///
/// @param side of the square, in pixels
/// @param resampling of the first resize
/// @param normalisation what samples become between the two
public record StretchRecipe(int side, Resampling resampling, Normalisation normalisation) {

    /// Longer side by shorter side at most: the floats between the two resizes grow with it.
    private static final int MAX_RATIO = 32;

    public StretchRecipe {
        if (side < 1) {
            throw new IllegalArgumentException("a square with sides of " + side + " pixels");
        }
    }

    /// @return `[side, side, 3]`
    /// @throws ResourceLimitException if the picture is more than 32 times as long as wide
    public Pixels apply(Image image) {
        int longer = Math.max(image.width(), image.height());
        int shorter = Math.min(image.width(), image.height());
        if (longer > (long) MAX_RATIO * shorter) {
            throw new ResourceLimitException(
                    "ratio of the picture's sides",
                    image.width() + " x " + image.height() + " pixels",
                    MAX_RATIO + ":1",
                    "show a part of the picture");
        }
        Pixels resized = normalisation.apply(image.resizedToShorterSide(side, resampling));
        if (resized.width() == resized.height()) {
            return resized;
        }
        return Pixels.later(side, side, () -> stretched(resized));
    }

    private float[] stretched(Pixels resized) {
        float[] square = new float[side * side * 3];
        try (Workers alone = new Workers(1)) {
            BilinearResize.apply(
                    new Compute(alone, true),
                    resized.values(),
                    0,
                    resized.height(),
                    resized.width(),
                    3,
                    square,
                    0,
                    side,
                    side);
        }
        return square;
    }
}
