package io.peregrine.model.image;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// How many tiles a picture is cut into across and down, so that they together have nearly its shape:
/// LFM2-VL, InternVL. Of grids that are equally close the one of more tiles is taken if the picture fills
/// more than half of its area.
///
/// @param minTiles in all at least
/// @param maxTiles in all at most
/// @param tile side of a tile in pixels
public record ClosestGrid(int minTiles, int maxTiles, int tile) {

    private static final int MOST_TILES = 256;

    /// @throws IllegalArgumentException if there is no grid, or one of more than 256 tiles
    public ClosestGrid {
        if (minTiles < 1 || maxTiles < minTiles || maxTiles > MOST_TILES || tile < 1) {
            throw new IllegalArgumentException(minTiles + " to " + maxTiles + " tiles of " + tile + " pixels");
        }
    }

    /// Columns and rows, as the authors of LFM2-VL and InternVL choose them.
    ///
    /// Source: `huggingface/transformers : models/lfm2_vl/image_processing_lfm2_vl_fast.py`
    /// (`find_closest_aspect_ratio`).
    ///
    /// @return the width in tiles, and the height
    public Size authors(int width, int height) {
        double ratio = (double) width / height;
        double area = (double) width * height;
        double least = Double.POSITIVE_INFINITY;
        Size best = new Size(1, 1);
        for (Size grid : grids()) {
            double difference = Math.abs(ratio - (double) grid.width() / grid.height());
            if (difference < least || difference == least && area > 0.5 * pixels(grid)) {
                best = grid;
            }
            least = Math.min(least, difference);
        }
        return best;
    }

    /// As [#authors], in the floats of llama.cpp, in which other grids are equally close.
    ///
    /// Source: `ggml-org/llama.cpp : tools/mtmd/mtmd-image.cpp` (`mtmd_image_preprocessor_lfm2`).
    public Size llamaCpp(int width, int height) {
        float ratio = (float) width / height;
        float area = (float) ((long) width * height);
        float least = Float.MAX_VALUE;
        Size best = new Size(1, 1);
        for (Size grid : grids()) {
            float difference = Math.abs(ratio - (float) grid.width() / grid.height());
            if (difference < least || difference == least && area > 0.5f * pixels(grid)) {
                best = grid;
            }
            least = Math.min(least, difference);
        }
        return best;
    }

    private long pixels(Size grid) {
        return grid.area() * tile * tile;
    }

    /// All grids, those of fewer tiles first.
    List<Size> grids() {
        List<Size> grids = new ArrayList<>();
        for (int across = 1; across <= maxTiles; across++) {
            for (int down = 1; across * down <= maxTiles; down++) {
                if (across * down >= minTiles) {
                    grids.add(new Size(across, down));
                }
            }
        }
        grids.sort(Comparator.comparingLong(Size::area));
        return grids;
    }
}
