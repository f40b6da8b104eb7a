package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.MlpProjector;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PatchEmbedding;
import io.peregrine.model.block.PixelShuffle;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.RowNorm;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.SmoothPlaces;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The vision side of LFM2-VL and LFM2.5-VL: SigLIP2 for pictures of any shape, and an MLP that makes one row
/// of each square of patches (`lfm2`).
///
/// Departures from the plain tower: no class token; the learned places are resized to each view; a norm
/// behind the last block, and one of the projector's own behind the squares, which some files do not have.
/// Large pictures are seen in tiles and as a whole ([Lfm2Views]). The projector's GELU is exact.
///
/// Sources: `huggingface/transformers : models/lfm2_vl/modeling_lfm2_vl.py,
/// models/siglip2/modeling_siglip2.py`; names as in `ggml-org/llama.cpp : tools/mtmd/clip-impl.h`.
final class Lfm2Vl implements TowerEncoder {

    static final String PROJECTOR = "lfm2";

    private static final PreparedPicture.Token BEGIN = new PreparedPicture.Token("<|image_start|>");
    private static final PreparedPicture.Token END = new PreparedPicture.Token("<|image_end|>");
    private static final PreparedPicture.Token WHOLE = new PreparedPicture.Token("<|img_thumbnail|>");

    /// Patches on a side of a square; files that exist have 2.
    private static final int MAX_SQUARE = 16;

    /// Of the projector's norm, which the files do not say.
    private static final float NORM_EPS = 1e-5f;

    private final VitTower tower;
    private final PixelShuffle squares;
    private final @Nullable RowNorm norm;
    private final MlpProjector projector;
    private final Lfm2Views views;

    private Lfm2Vl(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        VisionKeys keys = VisionKeys.read(m);
        FeatureLayers features = FeatureLayers.whole(m, keys, options.featureLayer());
        VitLayers.SquarePlaces places = VitLayers.squarePlaces(w, keys.dim());
        tower = new VitTower(
                new PatchEmbedding(
                        keys.patch(),
                        VitLayers.patchKernel(w, keys),
                        null,
                        new SmoothPlaces(places.values(), places.side(), keys.dim())),
                null,
                VitLayers.blocks(w, keys, features.deepest()),
                features.depths(),
                w.layerNorm("v.post_ln", keys.dim(), keys.eps()));
        squares = new PixelShuffle(m.integer("clip.vision.projector.scale_factor", 2, 1, MAX_SQUARE));
        int wide = squares.width(keys.dim());
        norm = w.has("mm.input_norm.weight") ? w.layerNorm("mm.input_norm", wide, NORM_EPS) : null;
        projector = MlpProjector.bind(w, "mm.1", "mm.2", wide, options.projectorGelu());
        views = Lfm2Views.of(m, keys, squares.factor(), options, notes);
    }

    static Lfm2Vl bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        return new Lfm2Vl(m, w, options, notes);
    }

    @Override
    public int dim() {
        return projector.out();
    }

    @Override
    public String chatTemplate() {
        return "lfm2";
    }

    @Override
    public List<String> tokens() {
        return List.of(BEGIN.text(), END.text(), WHOLE.text());
    }

    @Override
    public PreparedPicture prepare(Image image) {
        Lfm2Views.Plan plan = views.plan(image.width(), image.height());
        HeapLimit.check(
                "a picture in " + plan.views() + (plan.views() == 1 ? " view" : " views"),
                bytes(plan),
                "allow fewer image tokens or tiles, or give the JVM more memory with -Xmx");
        List<PreparedPicture.Piece> pieces = new ArrayList<>();
        pieces.add(BEGIN);
        if (plan.grid() != null) {
            int column = 0;
            for (Pixels tile : views.tiles(image, plan.grid())) {
                int across = plan.grid().width();
                pieces.add(new PreparedPicture.Mark(
                        "<|img_row_" + (column / across + 1) + "_col_" + (column % across + 1) + "|>"));
                pieces.add(block(tile));
                column++;
            }
            pieces.add(WHOLE);
        }
        pieces.add(block(views.whole(image, plan.whole())));
        pieces.add(END);
        return new PreparedPicture(pieces);
    }

    private PreparedPicture.Block block(Pixels view) {
        int side = tower.embedding().patch() * squares.factor();
        return new PreparedPicture.Block(
                List.of(view), Math.multiplyExact(view.width() / side, view.height() / side));
    }

    /// What views take while they are encoded: pixels, tower, and two layers of the projector.
    private long bytes(Lfm2Views.Plan plan) {
        long patch = tower.embedding().patch();
        long cells = squares.factor() * squares.factor();
        long atOnce = Math.max(plan.largest(), Math.min(plan.pixels(), PIXELS_AT_ONCE)) / (patch * patch);
        long wide = squares.width(tower.width()) + (long) projector.first().out() + projector.out();
        return tower.scratchBytes(atOnce) + Float.BYTES * (3 * plan.pixels() + atOnce / cells * wide);
    }

    @Override
    public Rows features(Pass pass, List<Pixels> shown) {
        return tower.apply(pass, shown, pass.rows("v.features", 0, 0)); // [views * patches, width]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> shown, Rows out) {
        Pixels view = shown.getFirst();
        int patch = tower.embedding().patch();
        Rows wide = squares.apply(
                features, view.height() / patch, view.width() / patch, pass.rows("mm.squares", 0, 0));
        if (norm != null) {
            norm.apply(pass, wide, wide);
        }
        return projector.apply(pass, wide, out);
    }
}
