package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.image.ClosestGrid;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Letterbox;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.Size;
import io.peregrine.model.image.SmartResize;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The ways of a picture into the tower of LFM2-VL: as a whole, in a size near its own; if that would be less
/// than half of it, also in tiles.
///
/// The limits are not in the files, but in every published checkpoint's processor: 64 to 256 tokens, 2 to 10
/// tiles of 512 pixels.
///
/// Sources: `huggingface/transformers : models/lfm2_vl/image_processing_lfm2_vl_fast.py`;
/// `ggml-org/llama.cpp : tools/mtmd/mtmd-image.cpp` (`mtmd_image_preprocessor_lfm2`).
///
/// @param size of the view of the whole picture
/// @param grid null: pictures are never cut
/// @param tileAbove pixels from which a picture is cut, exclusive
record Lfm2Views(
        Preprocess preprocess,
        int patch,
        SmartResize size,
        @Nullable ClosestGrid grid,
        double tileAbove,
        Normalisation normalisation) {

    private static final int TILE = 512;
    private static final int MIN_TILES = 2;
    private static final int MAX_TILES = 10;
    private static final int MIN_TOKENS = 64;
    private static final int MAX_TOKENS = 256;

    /// How much larger than its view an uncut picture may be.
    private static final double TOLERANCE = 2;

    private static final int BLACK = 0;

    /// What a picture becomes.
    ///
    /// @param whole the view of all of it
    /// @param grid tiles across and down, or null for none
    record Plan(Size whole, @Nullable Size grid) {

        int views() {
            return grid == null ? 1 : 1 + (int) grid.area();
        }

        /// Of all views.
        long pixels() {
            return whole.area() + (grid == null ? 0 : grid.area() * TILE * TILE);
        }

        /// Of the largest view.
        long largest() {
            return grid == null ? whole.area() : Math.max(whole.area(), TILE * TILE);
        }
    }

    /// @param square patches on a side of what becomes one row
    static Lfm2Views of(Metadata m, VisionKeys keys, int square, VisionOptions options, Consumer<String> notes) {
        int factor = Math.multiplyExact(keys.patch(), square);
        if (TILE % factor != 0) {
            throw new ModelFormatException(
                    m.file(),
                    "key clip.vision.patch_size",
                    Integer.toString(keys.patch()),
                    "patches of which squares of " + square + " x " + square + " fill " + TILE + " pixels, a tile",
                    "");
        }
        long area = (long) factor * factor;
        SmartResize size = options.sizes(factor, MIN_TOKENS * area, MAX_TOKENS * area);
        if (options.fit() != null) {
            notes.accept("vision: pictures keep their shape; how one becomes a square does not matter");
        }
        if (options.maxTiles() > MAX_TILES) {
            notes.accept("vision: pictures are cut into " + MAX_TILES + " tiles at most");
        }
        int most = options.maxTiles() == 0 ? MAX_TILES : Math.min(MAX_TILES, options.maxTiles());
        int tileTokens = TILE / factor * (TILE / factor);
        boolean cut = most >= MIN_TILES;
        boolean capped = options.maxTokens() > 0 && options.maxTokens() < tileTokens;
        if (cut && capped && options.preprocess() == Preprocess.AUTHORS) {
            notes.accept("vision: pictures are not cut into tiles, which have " + tileTokens + " tokens each");
            cut = false;
        }
        return new Lfm2Views(
                options.preprocess(),
                keys.patch(),
                size,
                cut ? new ClosestGrid(MIN_TILES, most, TILE) : null,
                TOLERANCE * size.maxPixels(),
                new Normalisation(keys.mean(), keys.std()));
    }

    /// @throws io.peregrine.core.ResourceLimitException for pictures that are too long and thin
    Plan plan(int width, int height) {
        boolean cut = rounded(width) * (double) rounded(height) > tileAbove;
        return preprocess == Preprocess.AUTHORS
                ? new Plan(size.lfm2(width, height), cut && grid != null ? grid.authors(width, height) : null)
                : new Plan(size.llamaCpp(width, height), cut && grid != null ? grid.llamaCpp(width, height) : null);
    }

    private long rounded(int side) {
        return Math.max(patch, (long) Math.rint((double) side / size.factor()) * size.factor());
    }

    /// The view of the whole picture.
    Pixels whole(Image image, Size to) {
        Resampling resampling =
                preprocess == Preprocess.AUTHORS ? Resampling.BILINEAR : Resampling.LLAMA_BILINEAR;
        return normalisation.apply(image.resized(to.width(), to.height(), resampling));
    }

    /// The tiles of the picture, row by row.
    ///
    /// @param across how many across and down
    List<Pixels> tiles(Image image, Size across) {
        int width = across.width() * TILE;
        int height = across.height() * TILE;
        Image placed = preprocess == Preprocess.AUTHORS
                ? image.resized(width, height, Resampling.BILINEAR)
                : image.letterboxed(width, height, Letterbox.CEIL, BLACK, Resampling.LLAMA_BILINEAR);
        return normalisation.tiles(placed, TILE, TILE);
    }
}
