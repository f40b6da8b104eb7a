package io.peregrine.model.image;

import java.util.ArrayList;
import java.util.List;

/// The way of a picture into a tower that sees it in tiles and, behind them, as a whole: Idefics3, SmolVLM, SmolVLM2,
/// Granite-Docling.
///
/// The picture is brought to a longest edge, whether it grows or shrinks, and from there up to whole tiles. The authors
/// stretch it both times, make the whole of what came out, and look at a picture that fits one tile only once;
/// llama.cpp goes in one step, keeps the shape and fills the rest with black, makes the whole of the picture itself, and
/// looks at it twice even if it is one tile.
///
/// Where that is more tiles than allowed, the longest edge becomes the largest multiple of a tile's side with which it
/// is not, as the authors advise for less memory: the tiles stay as they were trained, and show less detail. One tile
/// is the whole picture, alone.
///
/// Sources: `huggingface/transformers : models/idefics3/image_processing_idefics3.py` and its twin for SmolVLM;
/// `ggml-org/llama.cpp : tools/mtmd/mtmd-image.cpp` (`mtmd_image_preprocessor_idefics3`).
///
/// @param side of a tile, in pixels
/// @param edge the longest side that a picture is brought to, in pixels; 0, in llama.cpp's way only: its own
/// @param maxTiles the most tiles beside the whole, or 0 for no limit
/// @param way whose
/// @param normalisation what samples become
public record SplitRecipe(int side, int edge, int maxTiles, Preprocess way, Normalisation normalisation) {

    /// Beyond this edge the authors' code makes pictures smaller.
    private static final int AUTHORS_EDGE = 4096;

    private static final int BLACK = 0;

    public SplitRecipe {
        if (side < 1 || edge < (way == Preprocess.AUTHORS ? 1 : 0) || maxTiles < 0) {
            throw new IllegalArgumentException(
                    "at most " + maxTiles + " tiles of " + side + " pixels for an edge of " + edge + " pixels");
        }
    }

    /// @param scaled what the picture is brought to first, which is what comes in between in the authors' way
    /// @param canvas what is cut into tiles
    private record Plan(Size scaled, Size canvas) {}

    /// The tiles of a picture: how many beside each other and how many on top of each other. Both are 0 for one that
    /// is looked at as a whole only.
    public Grid grid(int width, int height) {
        Size canvas = plan(width, height).canvas;
        Grid grid = new Grid(canvas.width() / side, canvas.height() / side);
        boolean one = grid.columns * grid.lines == 1;
        return one && (way == Preprocess.AUTHORS || maxTiles == 1) ? new Grid(0, 0) : grid;
    }

    /// How a picture is cut.
    ///
    /// @param columns tiles beside each other
    /// @param lines of tiles
    public record Grid(int columns, int lines) {

        public int tiles() {
            return columns * lines;
        }
    }

    /// The tiles of a picture, line by line, and behind them the whole.
    ///
    /// @return each `[side, side, 3]`
    public List<Pixels> apply(Image image) {
        Plan plan = plan(image.width(), image.height());
        Size canvas = plan.canvas;
        boolean authors = way == Preprocess.AUTHORS;
        Image placed = authors
                ? image.resized(plan.scaled.width(), plan.scaled.height(), Resampling.LANCZOS)
                        .resized(canvas.width(), canvas.height(), Resampling.LANCZOS)
                : image.letterboxed(
                        canvas.width(), canvas.height(), Letterbox.CEIL, BLACK, Resampling.LLAMA_BICUBIC);
        List<Pixels> views = new ArrayList<>();
        if (grid(image.width(), image.height()).tiles() > 0) {
            views.addAll(normalisation.tiles(placed, side, side));
        }
        Image whole = authors
                ? placed.resized(side, side, Resampling.LANCZOS)
                : image.resized(side, side, Resampling.LLAMA_BILINEAR);
        views.add(normalisation.apply(whole));
        return views;
    }

    private Plan plan(int width, int height) {
        Plan plan = plan(width, height, edge);
        int sides = Math.max(plan.canvas.width(), plan.canvas.height()) / side;
        while (isTooLarge(plan.canvas) && --sides > 1) {
            plan = plan(width, height, sides * side);
        }
        return isTooLarge(plan.canvas) ? new Plan(authors(width, height, side), new Size(side, side)) : plan;
    }

    private boolean isTooLarge(Size canvas) {
        return maxTiles > 0 && canvas.area() / side / side > maxTiles;
    }

    private Plan plan(int width, int height, int longest) {
        if (way == Preprocess.AUTHORS) {
            Size scaled = authors(width, height, longest);
            return new Plan(scaled, wholeTiles(scaled));
        }
        SmartResize tiles = new SmartResize(side, 0, SmartResize.NO_LIMIT);
        Size canvas = longest == 0
                ? tiles.llamaCpp(width, height)
                : new LongestEdge(longest, tiles).llamaCpp(width, height);
        return new Plan(canvas, canvas);
    }

    /// `_resize_output_size_rescale_to_max_len` and `_resize_output_size_scale_below_upper_bound`: the shorter side
    /// is cut down to a whole number, and made even by one more.
    private static Size authors(int width, int height, int longest) {
        double ratio = (double) width / height;
        Size scaled = width >= height
                ? new Size(longest, even((int) (longest / ratio)))
                : new Size(even((int) (longest * ratio)), longest);
        if (Math.max(scaled.width(), scaled.height()) <= AUTHORS_EDGE) {
            return scaled;
        }
        double shape = (double) scaled.width() / scaled.height();
        return scaled.width() >= scaled.height()
                ? new Size(AUTHORS_EDGE, Math.max(1, (int) (AUTHORS_EDGE / shape)))
                : new Size(Math.max(1, (int) (AUTHORS_EDGE * shape)), AUTHORS_EDGE);
    }

    private static int even(int side) {
        return Math.max(1, side + side % 2);
    }

    /// `resize_for_vision_encoder`: the longer side up to whole tiles, the other one in proportion and then up.
    private Size wholeTiles(Size scaled) {
        double ratio = (double) scaled.width() / scaled.height();
        if (scaled.width() >= scaled.height()) {
            int width = upward(scaled.width());
            return new Size(width, upward((int) (width / ratio)));
        }
        int height = upward(scaled.height());
        return new Size(upward((int) (height * ratio)), height);
    }

    private int upward(int length) {
        return Math.multiplyExact(Math.max(1, Math.ceilDiv(length, side)), side);
    }
}
