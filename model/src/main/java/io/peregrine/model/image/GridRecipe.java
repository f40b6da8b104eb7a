package io.peregrine.model.image;

import java.util.ArrayList;
import java.util.List;

/// The way of a picture into a tower that sees it in tiles and, behind them, as a whole: InternVL.
///
/// The authors choose the grid of tiles that has nearly the picture's shape, whatever its size, and stretch the picture
/// to it; a grid of one tile is the whole. llama.cpp looks at pictures that are no larger than a tile as a whole only;
/// for others it takes the grid on which the most of the picture is left, keeps its shape, fills the rest with black, and
/// has the whole behind it even if that is one tile.
///
/// Sources: `OpenGVLab/InternVL : internvl_chat/internvl/train/dataset.py` (`dynamic_preprocess`);
/// `ggml-org/llama.cpp : tools/mtmd/mtmd-image.cpp` (`mtmd_image_preprocessor_internvl`).
///
/// @param grid the grids that there are
/// @param way whose
/// @param normalisation what samples become
public record GridRecipe(ClosestGrid grid, Preprocess way, Normalisation normalisation) {

    private static final int BLACK = 0;

    /// How many views [#apply] makes of a picture.
    public int views(int width, int height) {
        Size chosen = chosen(width, height);
        boolean once = way == Preprocess.AUTHORS ? chosen.area() == 1 : fitsTile(width, height);
        return once ? 1 : 1 + (int) chosen.area();
    }

    /// The tiles of the picture, line by line, and behind them the whole.
    ///
    /// @return each as large as a tile
    public List<Pixels> apply(Image image) {
        int side = grid.tile();
        boolean authors = way == Preprocess.AUTHORS;
        List<Pixels> views = new ArrayList<>();
        if (views(image.width(), image.height()) > 1) {
            Size chosen = chosen(image.width(), image.height());
            int width = side * chosen.width();
            int height = side * chosen.height();
            Image placed = authors
                    ? image.resized(width, height, Resampling.BICUBIC)
                    : image.letterboxed(width, height, Letterbox.CEIL, BLACK, Resampling.LLAMA_BICUBIC);
            views.addAll(normalisation.tiles(placed, side, side));
        }
        Resampling resampling = authors ? Resampling.BICUBIC : Resampling.LLAMA_BILINEAR;
        views.add(normalisation.apply(image.resized(side, side, resampling)));
        return views;
    }

    private boolean fitsTile(int width, int height) {
        return width <= grid.tile() && height <= grid.tile();
    }

    /// Tiles across and down.
    private Size chosen(int width, int height) {
        return way == Preprocess.AUTHORS ? grid.authors(width, height) : fullest(width, height);
    }

    /// The grid on which the most pixels of the picture are left when it does not grow; of equals the smallest, and of
    /// those the first, which is the order that they come in. In the floats of llama.cpp.
    private Size fullest(int width, int height) {
        long most = 0;
        Size best = new Size(1, 1);
        for (Size tiles : grid.grids()) {
            long left = left(width, height, tiles.width() * grid.tile(), tiles.height() * grid.tile());
            if (left > most) {
                most = left;
                best = tiles;
            }
        }
        return best;
    }

    private static long left(int width, int height, int wide, int high) {
        float scale = Math.min((float) wide / width, (float) high / height);
        long fitted = (long) (int) (width * scale) * (int) (height * scale);
        return Math.min(fitted, (long) width * height);
    }
}
