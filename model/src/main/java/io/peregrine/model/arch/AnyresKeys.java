package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.Size;
import io.peregrine.model.image.TileRecipe;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The keys by which a LLaVA file says that pictures are looked at as a whole and in the tiles of a canvas (`anyres`), and
/// the tensor that belongs to that.
final class AnyresKeys {

    private static final String PINPOINTS = "clip.vision.image_grid_pinpoints";
    private static final String ASPECT_RATIO = "clip.vision.image_aspect_ratio";
    private static final String MERGE = "clip.vision.mm_patch_merge_type";

    /// Of canvases. Files that exist have at most 41, of up to 36 tiles.
    private static final int MAX_CANVASES = 256;

    /// Of a canvas.
    private static final int MAX_TILES = 64;

    /// Of a canvas, in pixels.
    private static final int MAX_SIDE = 1 << 14;

    private AnyresKeys() {}

    /// Whether the file says so: by its aspect ratio, or, where it has none, by having canvases.
    static boolean areIn(Metadata m, Consumer<String> notes) {
        String stored = m.stringOrNull(ASPECT_RATIO);
        if (stored == null && m.has(PINPOINTS)) {
            notes.accept("vision: pictures are cut into tiles (" + PINPOINTS + ", and no " + ASPECT_RATIO + ")");
            return true;
        }
        return "anyres".equals(stored);
    }

    /// How pictures are cut.
    ///
    /// @param maxTiles the most tiles of a canvas that the caller allows, or 0
    static TileRecipe recipe(Metadata m, VisionKeys keys, int maxTiles, Consumer<String> notes) {
        if (!m.has(MERGE)) {
            notes.accept("vision: the views of a picture follow each other (flat: no " + MERGE + ")");
        }
        int tile = keys.imageSize();
        return new TileRecipe(
                tile,
                capped(m, canvases(m, tile), tile, maxTiles),
                Resampling.BICUBIC,
                new Normalisation(keys.mean(), keys.std()));
    }

    /// The vector behind each row of a canvas, or behind a view that stands alone; null if the file wants none.
    ///
    /// @param dim its length, the width of the decoder's rows
    static float @Nullable [] newline(Metadata m, Weights w, int dim) {
        String merge = m.string(MERGE, "flat");
        return switch (merge) {
            case "flat" -> null;
            case "spatial_unpad" ->
                w.vector(w.has("v.image_newline") ? "v.image_newline" : "model.image_newline", dim);
            default -> throw new UnsupportedModelException(m.file(), MERGE + " '" + merge + "'", "flat, spatial_unpad");
        };
    }

    private static List<Size> canvases(Metadata m, int tile) {
        int[] sides = m.ints(PINPOINTS);
        if (sides == null || sides.length == 0 || sides.length % 2 != 0 || sides.length > 2 * MAX_CANVASES) {
            throw new ModelFormatException(
                    m.file(),
                    "key " + PINPOINTS,
                    sides == null ? "nothing" : sides.length + " numbers",
                    "widths and heights of 1 to " + MAX_CANVASES + " canvases",
                    "");
        }
        List<Size> canvases = new ArrayList<>();
        for (int i = 0; i < sides.length; i += 2) {
            canvases.add(canvas(m, sides[i], sides[i + 1], tile));
        }
        return canvases;
    }

    private static Size canvas(Metadata m, int width, int height, int tile) {
        boolean whole = width > 0 && height > 0 && width % tile == 0 && height % tile == 0;
        boolean small = width <= MAX_SIDE && height <= MAX_SIDE;
        if (!whole || !small || width / tile * (height / tile) > MAX_TILES) {
            throw new ModelFormatException(
                    m.file(),
                    "key " + PINPOINTS,
                    "a canvas of " + width + " x " + height + " pixels",
                    "1 to " + MAX_TILES + " tiles of " + tile + " x " + tile + " pixels, the clip.vision.image_size, at most "
                            + MAX_SIDE + " pixels on a side",
                    "");
        }
        return new Size(width, height);
    }

    private static List<Size> capped(
            Metadata m, List<Size> canvases, int tile, int maxTiles) {
        if (maxTiles == 0) {
            return canvases;
        }
        List<Size> small =
                canvases.stream().filter(c -> tiles(c, tile) <= maxTiles).toList();
        if (small.isEmpty()) {
            int fewest = canvases.stream().mapToInt(c -> tiles(c, tile)).min().orElseThrow();
            throw new ModelFormatException(
                    m.file(),
                    "key " + PINPOINTS,
                    "canvases of " + fewest + " tiles and more",
                    "one of at most " + maxTiles + ", the most tiles asked for",
                    "allow more tiles, or choose how the picture becomes a single square");
        }
        return small;
    }

    private static int tiles(Size canvas, int tile) {
        return canvas.width() / tile * (canvas.height() / tile);
    }
}
