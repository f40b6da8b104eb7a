package io.peregrine.model.arch;

import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.MlpProjector;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.TileGrid;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.Size;
import io.peregrine.model.image.SquareRecipe;
import io.peregrine.model.image.TileRecipe;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The vision side of LLaVA 1.0, 1.5, 1.5-HD and 1.6 and of Granite Vision 3: a CLIP or SigLIP tower, features of its
/// patches, an MLP projector (`mlp`).
///
/// The plain tower of [io.peregrine.model.block.VitTower]: with CLIP the class token first and a norm before the first
/// block, with SigLIP neither; no norm on the features even if the file stores one, no rows for the class token. Which
/// hidden states the projector sees is decided by [FeatureLayers]; Granite's sees four of them side by side. Pictures are
/// padded to a square with the mean colour and resized as PIL does; from 1.5-HD on they are also cut into tiles
/// ([AnyresKeys]), all of which are encoded together.
///
/// Sources: arXiv 2310.03744; `haotian-liu/LLaVA : llava/model/multimodal_encoder/clip_encoder.py,
/// llava/model/multimodal_projector/builder.py`; names as in `ggml-org/llama.cpp : tools/mtmd/clip-impl.h`.
final class Llava implements TowerEncoder {

    private static final String CLASS_TOKEN = "v.class_embd";
    private static final String PRE_NORM = "v.pre_ln";
    private static final String ASPECT_RATIO = "clip.vision.image_aspect_ratio";

    private final VitTower tower;
    private final MlpProjector projector;

    /// For a view of the whole picture.
    private final SquareRecipe square;

    /// Null: pictures are one view.
    private final @Nullable TileRecipe tiles;

    /// `[dim]`, what stands behind rows of a canvas and behind a single view, or null.
    private final float @Nullable [] newline;

    /// Patches on a side of a view.
    private final int side;

    private Llava(Metadata m, Weights w, VisionKeys keys, VisionOptions options, Consumer<String> notes) {
        FeatureLayers features = FeatureLayers.choose(m, w, keys, options.featureLayer());
        notes.accept(features.note(keys));
        tower = new VitTower(
                VitLayers.embedding(w, keys),
                w.has(CLASS_TOKEN) ? w.layerNorm(PRE_NORM, keys.dim(), keys.eps()) : null,
                VitLayers.blocks(w, keys, features.deepest()),
                features.depths(),
                null);
        projector = MlpProjector.bind(w, tower.width());
        square = new SquareRecipe(
                keys.imageSize(), fit(m, options), Resampling.BICUBIC, new Normalisation(keys.mean(), keys.std()));
        tiles = options.fit() == null && AnyresKeys.areIn(m, notes)
                ? AnyresKeys.recipe(m, keys, options.maxTiles(), notes)
                : null;
        if (tiles == null && options.maxTiles() > 0) {
            notes.accept("vision: a picture is one view; how many tiles are allowed does not matter");
        }
        newline = AnyresKeys.newline(m, w, projector.out());
        side = keys.grid();
    }

    static Llava bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        if (w.has(CLASS_TOKEN) != w.has(PRE_NORM + ".weight")) {
            String one = w.has(CLASS_TOKEN) ? CLASS_TOKEN : PRE_NORM;
            String other = w.has(CLASS_TOKEN) ? PRE_NORM : CLASS_TOKEN;
            throw new UnsupportedModelException(
                    m.file(),
                    "a tower with " + one + " and without " + other + " before an mlp projector",
                    "CLIP towers, which have both, and SigLIP towers, which have neither");
        }
        return new Llava(m, w, VisionKeys.read(m), options, notes);
    }

    private static Fit fit(Metadata m, VisionOptions options) {
        if (options.fit() != null) {
            return options.fit();
        }
        String stored = m.string(ASPECT_RATIO, "pad");
        return switch (stored) {
            case "pad", "anyres" -> Fit.PAD;
            case "square" -> Fit.CROP;
            default ->
                throw new UnsupportedModelException(
                        m.file(), ASPECT_RATIO + " '" + stored + "'", "pad, square, anyres");
        };
    }

    @Override
    public int dim() {
        return projector.out();
    }

    @Override
    public String chatTemplate() {
        return "vicuna";
    }

    @Override
    public String chatTemplate(Metadata text, Consumer<String> notes) {
        return tiles == null ? chatTemplate() : LlavaTemplates.choose(text, notes);
    }

    @Override
    public PreparedPicture prepare(Image image) {
        int views = tiles == null ? 1 : tiles.views(image.width(), image.height());
        HeapLimit.check(
                "a picture in " + views + (views == 1 ? " view" : " views"),
                bytes(views),
                "allow fewer tiles, or give the JVM more memory with -Xmx");
        return new PreparedPicture(List.of(tiles == null ? whole(image) : tiled(image, tiles)));
    }

    /// What views take while they are encoded: pixels, tower, and two layers of the projector.
    private long bytes(int views) {
        long samples = 3L * views * square.side() * square.side();
        long cells = (long) views * patches();
        return tower.scratchBytes(views * (1L + patches())) + Float.BYTES * (samples + cells * 2 * projector.out());
    }

    /// Of a view.
    private int patches() {
        return side * side;
    }

    private PreparedPicture.Block whole(Image image) {
        List<Pixels> view = List.of(square.apply(image));
        return newline == null
                ? new PreparedPicture.Block(view, patches())
                : new PreparedPicture.Block(view, TileGrid.single(side));
    }

    private PreparedPicture.Block tiled(Image image, TileRecipe recipe) {
        List<Pixels> views = recipe.apply(image);
        if (newline == null) {
            return new PreparedPicture.Block(views, Math.multiplyExact(views.size(), patches()));
        }
        Size canvas = recipe.canvas(image.width(), image.height());
        int across = canvas.width() / recipe.side();
        int down = canvas.height() / recipe.side();
        return new PreparedPicture.Block(
                views, TileGrid.unpadded(side, across, down, image.width(), image.height()));
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.apply(pass, views, pass.rows("v.features", 0, 0)); // [views * patches, width]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        return projector.apply(pass, features, out);
    }

    @Override
    public Rows assemble(PreparedPicture.Block block, Rows views) {
        TileGrid grid = block.grid();
        return grid == null || newline == null ? views : grid.assemble(views, newline, new Rows());
    }
}
