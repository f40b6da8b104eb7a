package io.peregrine.model.image;

import java.util.ArrayList;
import java.util.List;

/// The way of a picture into a tower that looks at it twice, as a whole and in tiles: LLaVA-1.5-HD and LLaVA-1.6
/// ("anyres").
///
/// The picture is put on the canvas that keeps the most of it, and that is cut into squares of the tower's size.
///
/// Source: `haotian-liu/LLaVA : llava/mm_utils.py` (`select_best_resolution`, `resize_and_pad_image`).
///
/// @param side of a tile, in pixels
/// @param canvases to choose from, with sides that are multiples of `side`
/// @param resampling how the picture is resized
/// @param normalisation what its samples become
public record TileRecipe(int side, List<Size> canvases, Resampling resampling, Normalisation normalisation) {

    private static final int BLACK = 0;

    /// @throws IllegalArgumentException if there is no canvas, or one that cannot be cut into tiles
    public TileRecipe {
        canvases = List.copyOf(canvases);
        if (side < 1 || canvases.isEmpty()) {
            throw new IllegalArgumentException(canvases.size() + " canvases for tiles of " + side + " pixels");
        }
        for (Size canvas : canvases) {
            if (canvas.width() % side != 0 || canvas.height() % side != 0) {
                throw new IllegalArgumentException(canvas + " in tiles of " + side + " pixels");
            }
        }
    }

    /// The canvas that keeps the most of a picture; of equals the smallest, and of those the first.
    public Size canvas(int imageWidth, int imageHeight) {
        Size best = canvases.getFirst();
        for (Size canvas : canvases) {
            long more = kept(canvas, imageWidth, imageHeight) - kept(best, imageWidth, imageHeight);
            if (more > 0 || (more == 0 && canvas.area() < best.area())) {
                best = canvas;
            }
        }
        return best;
    }

    /// How much of a picture is left when it is fitted into a canvas without growing: in pixels.
    private static long kept(Size canvas, int imageWidth, int imageHeight) {
        double scale = Math.min((double) canvas.width() / imageWidth, (double) canvas.height() / imageHeight);
        long fitted = (long) (imageWidth * scale) * (long) (imageHeight * scale);
        return Math.min(fitted, (long) imageWidth * imageHeight);
    }

    /// How many views [#apply] makes of a picture.
    public int views(int imageWidth, int imageHeight) {
        Size canvas = canvas(imageWidth, imageHeight);
        return 1 + canvas.width() / side * (canvas.height() / side);
    }

    /// The whole picture, squeezed into one view, and behind it the tiles of its canvas, row by row.
    ///
    /// @return each `[side, side, 3]`
    public List<Pixels> apply(Image image) {
        Size canvas = canvas(image.width(), image.height());
        Image placed = fitted(image, canvas).padded(canvas.width(), canvas.height(), BLACK);
        List<Pixels> views = new ArrayList<>();
        views.add(normalisation.apply(image.resized(side, side, resampling)));
        views.addAll(normalisation.tiles(placed, side, side));
        return views;
    }

    /// As large as the canvas allows, its shape kept.
    private Image fitted(Image image, Size canvas) {
        double across = (double) canvas.width() / image.width();
        double down = (double) canvas.height() / image.height();
        if (across < down) {
            int height = (int) Math.min(Math.ceil(image.height() * across), canvas.height());
            return image.resized(canvas.width(), height, resampling);
        }
        int width = (int) Math.min(Math.ceil(image.width() * down), canvas.width());
        return image.resized(width, canvas.height(), resampling);
    }
}
