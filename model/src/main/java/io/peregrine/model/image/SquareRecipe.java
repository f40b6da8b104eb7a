package io.peregrine.model.image;

/// The way of a picture into a tower that takes squares of one size: CLIP, LLaVA-1.5, MiniGPT-4, Qwen-VL.
///
/// @param side of the square, in pixels
/// @param fit how a picture of another shape becomes a square
/// @param resampling how it is resized
/// @param normalisation what its samples become
public record SquareRecipe(int side, Fit fit, Resampling resampling, Normalisation normalisation) {

    public SquareRecipe {
        if (side < 1) {
            throw new IllegalArgumentException("a square with sides of " + side + " pixels");
        }
    }

    /// @return `[side, side, 3]`
    public Pixels apply(Image image) {
        Image square = switch (fit) {
            case PAD -> image.resizedInSquare(side, normalisation.meanColour(), resampling);
            case CROP -> image.resizedToShorterSide(side, resampling).croppedToCentre(side, side);
            case SQUASH -> image.resized(side, side, resampling);
        };
        return normalisation.apply(square);
    }
}
