package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.GridRotary;
import io.peregrine.model.block.MlpProjector;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PixelShuffle;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.SquareProjector;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.ViewPlan;
import io.peregrine.model.block.VitBlock;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// The vision side of Qwen2-VL (`qwen2vl_merger`) and Qwen2.5-VL (`qwen2.5vl_merger`): views of any size, whose patches
/// know their line and column by turned queries and keys alone; squares of patches are merged and go through an MLP.
///
/// Departures from the plain tower: two kernels for patches, no class token, no learned places. Qwen2.5-VL has
/// RMSNorms and gates, and its blocks look at windows of 112 pixels on a side, but for every
/// `clip.vision.n_wa_pattern`th, which sees all of the view. The MLP's GELU is exact.
///
/// Sources: arXiv 2409.12191, 2502.13923; `huggingface/transformers : models/qwen2_vl/modeling_qwen2_vl.py,
/// models/qwen2_5_vl/modeling_qwen2_5_vl.py`; names as in `ggml-org/llama.cpp : tools/mtmd/models/qwen2vl.cpp`.
final class Qwen2VlTower implements TowerEncoder {

    static final String PROJECTOR = "qwen2vl_merger";
    static final String WINDOWED = "qwen2.5vl_merger";

    private static final String PATTERN = "clip.vision.n_wa_pattern";
    private static final String WINDOW = "clip.vision.window_size";
    private static final int USUAL_WINDOW = 112;
    private static final int MAX_WINDOW = 1 << 14;
    private static final double ROPE_BASE = 10000;

    /// Of the checkpoints' `preprocessor_config.json`.
    private static final long MIN_PIXELS = 56 * 56;

    private static final long MAX_PIXELS = 12_845_056;

    private final VitTower tower;
    private final SquareProjector projector;
    private final QwenPictures pictures;

    private Qwen2VlTower(
            Metadata m, Weights w, VisionKeys keys, BlockKeys kind, VisionOptions options, Consumer<String> notes) {
        pictures = QwenPictures.of(m, keys, options, MIN_PIXELS, MAX_PIXELS, notes);
        int pattern = kind.rms() || m.has(PATTERN) ? m.integer(PATTERN, 0, Limits.LAYERS) : 0;
        FeatureLayers features = FeatureLayers.whole(m, keys, options.featureLayer());
        List<VitBlock> blocks = VitLayers.blocks(w, "v", kind, features.deepest());
        tower = new VitTower(
                VitLayers.pairs(w, keys, null),
                null,
                pattern == 0 ? blocks : windowed(blocks, pattern),
                features.depths(),
                null,
                plans(m, keys, pattern));
        PixelShuffle squares = new PixelShuffle(pictures.merge());
        projector = new SquareProjector(
                kind.norm(w, "v.post_ln"),
                squares,
                null,
                MlpProjector.bind(w, "mm.0", "mm.2", squares.width(keys.dim()), options.projectorGelu()));
    }

    static Qwen2VlTower bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        VisionKeys keys = VisionKeys.read(m, w, notes);
        return new Qwen2VlTower(m, w, keys, keys.block(), options, notes);
    }

    static Qwen2VlTower bindWindowed(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        VisionKeys keys = VisionKeys.read(m, w, notes);
        return new Qwen2VlTower(m, w, keys, keys.block().withRms(), options, notes);
    }

    private static List<VitBlock> windowed(List<VitBlock> blocks, int pattern) {
        return IntStream.range(0, blocks.size())
                .mapToObj(i -> (i + 1) % pattern == 0 ? blocks.get(i) : blocks.get(i).inWindows())
                .toList();
    }

    private ViewPlan.Source plans(Metadata m, VisionKeys keys, int pattern) {
        int headDim = keys.turnedHead(m);
        GridRotary rotary = GridRotary.halves(Rope.NEOX, headDim, ROPE_BASE);
        if (pattern == 0) {
            return (lines, columns) -> new ViewPlan(null, null, rotary.of(lines, columns));
        }
        int square = pictures.patch() * pictures.merge();
        int squares = m.integer(WINDOW, Math.max(USUAL_WINDOW, square), square, MAX_WINDOW) / square;
        int side = squares * pictures.merge();
        return (lines, columns) -> ViewPlan.inWindows(lines, columns, side, rotary);
    }

    @Override
    public int dim() {
        return projector.out();
    }

    @Override
    public String chatTemplate() {
        return "qwen2-vl";
    }

    @Override
    public List<String> tokens() {
        return QwenPictures.tokens();
    }

    @Override
    public PreparedPicture prepare(Image image) {
        return pictures.prepare(image, this::bytes);
    }

    /// What a view takes while it is encoded: its patches before and behind two kernels, in two orders, with their
    /// angles and windows, the tower, and the projector.
    private long bytes(long patches) {
        long cut = 3L * pictures.patch() * pictures.patch();
        long dim = tower.embedding().kernel().out();
        long squares = patches / pictures.merge() / pictures.merge();
        return tower.scratchBytes(patches)
                + Float.BYTES * (patches * (cut + 4 * dim) + squares * (projector.scratchWidth() + 2L * dim()));
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.apply(pass, views, pass.rows("v.features", 0, 0)); // [views * patches, width]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        int lines = views.getFirst().height() / pictures.patch();
        int columns = views.getFirst().width() / pictures.patch();
        return projector.apply(pass, features, lines, columns, out);
    }
}
