package io.peregrine.model.image;

import java.util.ArrayList;
import java.util.List;

/// The way of a picture into a tower that sees it as a whole and, if it is large, in slices of about the area that the
/// tower was trained with: MiniCPM-V. Views keep the picture's shape as well as multiples of a patch allow.
///
/// There are about as many slices as squares of `side` fit into the picture's area; of the grids with that many, one
/// fewer or one more, the one whose shape is nearest to the picture's is taken. llama.cpp computes in f32, slices every
/// picture with a side longer than `side`, makes a square of every other one, and keeps the shape of what it slices,
/// filling the rest with black.
///
/// Sources: arXiv 2403.11703; `image_processing_minicpmv.py` of the checkpoint `openbmb/MiniCPM-V-2_6`;
/// `ggml-org/llama.cpp : tools/mtmd/mtmd-image.cpp` (`mtmd_image_preprocessor_llava_uhd`).
///
/// @param side of a square with the area of a view, in pixels
/// @param patch what sides of views are multiples of, in pixels
/// @param maxSlices the most slices beside the whole; 1: none
/// @param way whose
/// @param normalisation what samples become
public record SliceRecipe(int side, int patch, int maxSlices, Preprocess way, Normalisation normalisation) {

    private static final int BLACK = 0;

    public SliceRecipe {
        if (side < 1 || patch < 1 || maxSlices < 1) {
            throw new IllegalArgumentException(
                    "at most " + maxSlices + " slices of about " + side + " pixels in patches of " + patch);
        }
    }

    /// How a picture is seen.
    ///
    /// @param whole size of the view of all of it
    /// @param slice size of each slice
    /// @param columns slices beside each other; 0 if there are none
    /// @param lines of slices; 0 if there are none
    public record Plan(Size whole, Size slice, int columns, int lines) {

        /// How many slices there are.
        public int slices() {
            return columns * lines;
        }
    }

    /// How many slices there are, beside each other and on top of each other.
    private record Grid(int columns, int lines) {}

    public Plan plan(int width, int height) {
        boolean authors = way == Preprocess.AUTHORS;
        if (!authors && width <= side && height <= side) {
            Size square = new Size(side, side);
            return new Plan(square, square, 0, 0);
        }
        int about = about(width, height);
        boolean alone = maxSlices == 1 || authors && about <= 1;
        Size whole = fitted(width, height, alone && authors);
        if (alone) {
            return new Plan(whole, whole, 0, 0);
        }
        Grid grid = grid(width, height, about);
        Size slice = fitted(
                multiple(width, grid.columns) / grid.columns, multiple(height, grid.lines) / grid.lines, true);
        return new Plan(whole, slice, grid.columns, grid.lines);
    }

    /// How many squares of the side the picture has room for, rounded up, at most the most slices.
    private int about(int width, int height) {
        double squares = way == Preprocess.AUTHORS
                ? (double) ((long) width * height) / ((long) side * side)
                : (float) width * height / ((long) side * side);
        return (int) Math.min(Math.ceil(squares), maxSlices);
    }

    private Grid grid(int width, int height, int about) {
        boolean authors = way == Preprocess.AUTHORS;
        double shape = authors ? Math.log((double) width / height) : (float) Math.log((float) width / height);
        Grid best = new Grid(1, 1);
        double least = Double.POSITIVE_INFINITY;
        for (int count = about - 1; count <= about + 1; count++) {
            for (int columns = 1; count != 1 && count <= maxSlices && columns <= count; columns++) {
                if (count % columns != 0) {
                    continue;
                }
                Grid grid = new Grid(columns, count / columns);
                double error = Math.abs(shape - Math.log((double) grid.columns / grid.lines));
                if ((authors ? error : (float) error) < least) {
                    least = authors ? error : (float) error;
                    best = grid;
                }
            }
        }
        return best;
    }

    /// A picture's size in multiples of a patch.
    ///
    /// @param grows whether one whose area is smaller than the square's is brought to that as well
    private Size fitted(int width, int height, boolean grows) {
        int across = width;
        int down = height;
        if (grows || (long) width * height > (long) side * side) {
            if (way == Preprocess.AUTHORS) {
                double ratio = (double) width / height;
                down = (int) (side / Math.sqrt(ratio));
                across = (int) (down * ratio);
            } else {
                float ratio = (float) width / height;
                down = (int) (side / (float) Math.sqrt(ratio));
                across = (int) (down * ratio);
            }
        }
        return new Size(multiple(across, patch), multiple(down, patch));
    }

    /// The nearest multiple of a unit, at least one; halves to the even multiple, or upwards in llama.cpp.
    private int multiple(int length, int unit) {
        double units = way == Preprocess.AUTHORS
                ? Math.rint((double) length / unit)
                : Math.floor((double) ((float) length / unit) + 0.5);
        return Math.max(Math.multiplyExact((int) units, unit), unit);
    }

    /// The view of all of the picture, and behind it the slices, line by line.
    public List<Pixels> apply(Image image) {
        Plan plan = plan(image.width(), image.height());
        boolean authors = way == Preprocess.AUTHORS;
        List<Pixels> views = new ArrayList<>();
        views.add(normalisation.apply(image.resized(
                plan.whole.width(),
                plan.whole.height(),
                authors ? Resampling.BICUBIC : Resampling.LLAMA_BILINEAR)));
        if (plan.slices() == 0) {
            return views;
        }
        int width = Math.multiplyExact(plan.columns, plan.slice.width());
        int height = Math.multiplyExact(plan.lines, plan.slice.height());
        Image large = authors
                ? image.resized(width, height, Resampling.BICUBIC)
                : image.letterboxed(width, height, Letterbox.CEIL, BLACK, Resampling.LLAMA_BICUBIC);
        views.addAll(normalisation.tiles(large, plan.slice.width(), plan.slice.height()));
        return views;
    }
}
