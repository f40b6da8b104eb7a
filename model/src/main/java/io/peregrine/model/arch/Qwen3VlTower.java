package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Activation;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.AlignedPlaces;
import io.peregrine.model.block.GridRotary;
import io.peregrine.model.block.MlpProjector;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PixelShuffle;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.SquareProjector;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.ViewPlan;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// The vision side of Qwen3-VL (`qwen3vl_merger`): views of any size, whose patches know their line and column both by
/// learned places, resized to the view, and by turned queries and keys.
///
/// Departures from the plain tower: two kernels for patches, no class token. Behind the last block and behind those
/// that the file names, squares of patches are merged and go through an MLP of their own (deepstack, arXiv
/// 2406.04334): the first are the rows of the prompt, the others are put behind them, for the first layers of the
/// decoder to add. The MLPs' GELU is exact, that of blocks is not.
///
/// Sources: arXiv 2511.21631; `huggingface/transformers : models/qwen3_vl/modeling_qwen3_vl.py`; names as in
/// `ggml-org/llama.cpp : tools/mtmd/models/qwen3vl.cpp`.
final class Qwen3VlTower implements TowerEncoder {

    static final String PROJECTOR = "qwen3vl_merger";

    private static final double ROPE_BASE = 10000;

    /// Of the checkpoints' `preprocessor_config.json`.
    private static final long MIN_PIXELS = 65_536;

    private static final long MAX_PIXELS = 16_777_216;

    private final VitTower tower;

    /// Of the features that the tower puts side by side: the last block's, then those of the chosen ones.
    private final List<SquareProjector> projectors;

    private final QwenPictures pictures;

    private Qwen3VlTower(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        VisionKeys keys = VisionKeys.read(m).with(Activation.GELU_TANH);
        int headDim = keys.turnedHead(m);
        pictures = QwenPictures.of(m, keys, options, MIN_PIXELS, MAX_PIXELS, notes);
        int[] deep = deepBlocks(m, w, keys.blocks());
        int last = FeatureLayers.whole(m, keys, options.featureLayer()).deepest();
        int[] depths = IntStream.concat(IntStream.of(last), IntStream.of(deep).map(block -> block + 1))
                .toArray();
        GridRotary rotary = GridRotary.halves(Rope.NEOX, headDim, ROPE_BASE);
        int grid = keys.grid();
        tower = new VitTower(
                VitLayers.pairs(
                        w,
                        keys,
                        new AlignedPlaces(
                                w.table("v.position_embd.weight", grid * grid, keys.dim()), grid, keys.dim())),
                null,
                VitLayers.blocks(w, keys, IntStream.of(depths).max().orElseThrow()),
                depths,
                null,
                (lines, columns) -> new ViewPlan(null, null, rotary.of(lines, columns)));
        projectors = projectors(m, w, keys, deep, options.projectorGelu());
    }

    static Qwen3VlTower bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        return new Qwen3VlTower(m, w, options, notes);
    }

    /// The blocks behind which there is a projector of their own: those flagged, or without flags those for which the
    /// file has one.
    private static int[] deepBlocks(Metadata m, Weights w, int blocks) {
        String key = "clip.vision.is_deepstack_layers";
        boolean[] flags = m.bools(key);
        if (flags != null && flags.length != blocks) {
            throw new ModelFormatException(
                    m.file(),
                    "key " + key,
                    flags.length + " flags",
                    blocks + ", as many as clip.vision.block_count says",
                    "");
        }
        return IntStream.range(0, blocks)
                .filter(block -> flags == null ? w.has(deep(block) + "fc1.weight") : flags[block])
                .toArray();
    }

    /// What the names of a block's projector begin with.
    private static String deep(int block) {
        return "v.deepstack." + block + ".";
    }

    private List<SquareProjector> projectors(Metadata m, Weights w, VisionKeys keys, int[] deep, Activation gelu) {
        PixelShuffle squares = new PixelShuffle(pictures.merge());
        int wide = squares.width(keys.dim());
        List<SquareProjector> found = new ArrayList<>();
        found.add(new SquareProjector(
                w.layerNorm("v.post_ln", keys.dim(), keys.eps()),
                squares,
                null,
                MlpProjector.bind(w, "mm.0", "mm.2", wide, gelu)));
        int out = found.getFirst().out();
        for (int block : deep) {
            String name = deep(block);
            MlpProjector mlp = MlpProjector.bind(w, name + "fc1", name + "fc2", wide, gelu);
            if (mlp.out() != out) {
                throw new ModelFormatException(
                        m.file(),
                        "tensor " + name + "fc2.weight",
                        mlp.out() + " rows",
                        out + ", as many as mm.2.weight has",
                        "");
            }
            found.add(new SquareProjector(null, squares, w.layerNorm(name + "norm", wide, keys.eps()), mlp));
        }
        return List.copyOf(found);
    }

    @Override
    public int dim() {
        return Math.multiplyExact(projectors.size(), projectors.getFirst().out());
    }

    @Override
    public String chatTemplate() {
        return "qwen3-vl";
    }

    @Override
    public List<String> tokens() {
        return QwenPictures.tokens();
    }

    @Override
    public PreparedPicture prepare(Image image) {
        return pictures.prepare(image, this::bytes);
    }

    /// What a view takes while it is encoded: its patches and their places, the tower, and one projector at a time.
    private long bytes(long patches) {
        long cut = 3L * pictures.patch() * pictures.patch();
        long dim = tower.embedding().kernel().out();
        long squares = patches / pictures.merge() / pictures.merge();
        long projecting = projectors.stream().mapToLong(SquareProjector::scratchWidth).max().orElse(0);
        return tower.scratchBytes(patches)
                + Float.BYTES * (patches * (cut + 4 * dim) + squares * (projecting + 2L * dim()));
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.apply(pass, views, pass.rows("v.features", 0, 0)); // [views * patches, depths * width]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        int lines = views.getFirst().height() / pictures.patch();
        int columns = views.getFirst().width() / pictures.patch();
        int width = features.width() / projectors.size();
        int from = 0;
        for (SquareProjector projector : projectors) {
            Rows part = features.columns(from * width, width, pass.rows("v.depth", 0, 0)); // [views * patches, width]
            Rows rows = projector.apply(pass, part, lines, columns, pass.rows("v.projected", 0, 0));
            if (from == 0) {
                out.shape(rows.rows(), dim());
            }
            rows.copyColumns(out, from++ * rows.width());
        }
        return out;
    }
}
