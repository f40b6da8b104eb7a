package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Activation;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.MlpProjector;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PixelShuffle;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.RowNorm;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.ClosestGrid;
import io.peregrine.model.image.GridRecipe;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.SquareRecipe;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The vision side of InternVL 2.5 and 3 (`internvl`): an InternViT tower, pixel shuffle, a norm and an MLP, for each tile
/// of a picture and for the whole.
///
/// The class token stands first, with the first of the learned places, as its authors have it. (llama.cpp puts it last and
/// leaves the places in their order, so that each patch gets its neighbour's; that is not done here.) The blocks scale
/// what they add; those of the tower of 6 billion parameters have RMSNorms and norms of queries and keys. No norm behind
/// the last block. The GELUs are the exact ones.
///
/// Sources: arXiv 2412.05271; `modeling_intern_vit.py` and `modeling_internvl_chat.py` of the checkpoints
/// `OpenGVLab/InternVL2_5-*`; names as in `ggml-org/llama.cpp : conversion/internvl.py, tools/mtmd/clip-impl.h`.
final class InternVl implements TowerEncoder {

    private static final String CLASS_TOKEN = "v.class_embd";
    private static final String MIN_TILES = "clip.vision.preproc_min_tiles";
    private static final String MAX_TILES = "clip.vision.preproc_max_tiles";

    /// In files that do not say: as in every published model.
    private static final int USUAL_MAX_TILES = 12;

    /// Of a picture.
    private static final int MOST_TILES = 256;

    /// Of the projector's norm, which files do not say.
    private static final float NORM_EPS = 1e-5f;

    private static final PreparedPicture.Token BEGIN = new PreparedPicture.Token("<img>");
    private static final PreparedPicture.Token END = new PreparedPicture.Token("</img>");

    private final VitTower tower;
    private final PixelShuffle shuffle;
    private final RowNorm norm;
    private final MlpProjector projector;
    private final GridRecipe grid;

    /// Null: pictures are cut into tiles.
    private final @Nullable SquareRecipe square;

    /// Patches on a side of a view.
    private final int side;

    private InternVl(Metadata m, Weights w, VisionKeys keys, VisionOptions options, Consumer<String> notes) {
        FeatureLayers features = FeatureLayers.whole(m, keys, options.featureLayer());
        w.shape(CLASS_TOKEN);
        tower = new VitTower(
                VitLayers.embedding(w, keys),
                null,
                VitLayers.blocks(w, "v", blocks(w, keys, notes), features.deepest()),
                features.depths(),
                null);
        side = keys.grid();
        shuffle = new PixelShuffle(keys.merged(m));
        int wide = shuffle.width(keys.dim());
        norm = w.layerNorm("mm.model.mlp.0", wide, NORM_EPS);
        Linear first = w.linear("mm.model.mlp.1", wide);
        projector = new MlpProjector(first, w.linear("mm.model.mlp.3", first.out()), options.projectorGelu());
        Normalisation normalisation = new Normalisation(keys.mean(), keys.std());
        square = options.fit() == null
                ? null
                : new SquareRecipe(keys.imageSize(), options.fit(), Resampling.BICUBIC, normalisation);
        grid = new GridRecipe(grids(m, keys.imageSize(), options, notes), options.preprocess(), normalisation);
        if (square != null && options.maxTiles() > 0) {
            notes.accept("vision: a picture is one view; how many tiles are allowed does not matter");
        }
        if (options.minTokens() > 0) {
            notes.accept("vision: every view of a picture takes " + viewTokens() + " tokens; the fewest that are asked for do"
                    + " not matter");
        }
    }

    static InternVl bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        VisionKeys keys = VisionKeys.read(m);
        boolean gelu = keys.activation() == Activation.GELU_TANH;
        return new InternVl(m, w, gelu ? keys.with(options.projectorGelu()) : keys, options, notes);
    }

    /// LayerNorms have biases, RMSNorms have none.
    private static BlockKeys blocks(Weights w, VisionKeys keys, Consumer<String> notes) {
        if (w.has("v.blk.0.ln1.bias")) {
            return keys.block();
        }
        notes.accept("vision: the norms of the tower are RMSNorms (v.blk.0.ln1 has no bias)");
        return keys.block().withRms();
    }

    /// The limits of the file, and those of the caller where they are lower.
    private ClosestGrid grids(Metadata m, int tile, VisionOptions options, Consumer<String> notes) {
        int most = m.integer(MAX_TILES, USUAL_MAX_TILES, 1, MOST_TILES);
        int fewest = m.integer(MIN_TILES, 1, 1, most);
        if (!m.has(MAX_TILES)) {
            notes.accept(m.file() + ": no " + MAX_TILES + "; pictures are cut into " + most
                    + " tiles at most, as in every published model");
        }
        if (options.maxTiles() > 0) {
            most = Math.min(most, options.maxTiles());
        }
        if (options.maxTokens() > 0) {
            most = Math.clamp(options.maxTokens() / viewTokens() - 1, 1, most);
        }
        return new ClosestGrid(Math.min(fewest, most), most, tile);
    }

    /// Rows of a view.
    private int viewTokens() {
        return side / shuffle.factor() * (side / shuffle.factor());
    }

    @Override
    public int dim() {
        return projector.out();
    }

    @Override
    public String chatTemplate() {
        return "internvl";
    }

    @Override
    public List<String> tokens() {
        return List.of(BEGIN.text(), END.text());
    }

    @Override
    public PreparedPicture prepare(Image image) {
        int views = square == null ? grid.views(image.width(), image.height()) : 1;
        HeapLimit.check(
                "a picture in " + views + (views == 1 ? " view" : " views"),
                bytes(views),
                "allow fewer tiles, or give the JVM more memory with -Xmx");
        List<PreparedPicture.Piece> pieces = new ArrayList<>();
        pieces.add(BEGIN);
        for (Pixels view : square == null ? grid.apply(image) : List.of(square.apply(image))) {
            pieces.add(new PreparedPicture.Block(List.of(view), viewTokens()));
        }
        pieces.add(END);
        return new PreparedPicture(pieces);
    }

    /// What views take while they are encoded: pixels, the picture that they are cut from, what goes through tower and
    /// projector at once, and what comes out.
    private long bytes(int views) {
        long area = (long) grid.grid().tile() * grid.grid().tile();
        long samples = 3 * views * area;
        long together = Math.min(views, Math.max(1, PIXELS_AT_ONCE / area));
        long patches = together * side * side;
        long inner = together * viewTokens() * projector.first().out();
        long rows = (long) views * viewTokens() * projector.out();
        return tower.scratchBytes(patches + together)
                + 2 * samples
                + Float.BYTES * (samples + patches * tower.width() + inner + rows);
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.apply(pass, views, pass.rows("v.features", 0, 0)); // [views * patches, dim]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        Rows shuffled = shuffle.apply(features, side, side, pass.rows("v.shuffled", 0, 0)); // [tokens, scale² * dim]
        return projector.apply(pass, norm.apply(pass, shuffled, shuffled), out);
    }
}
