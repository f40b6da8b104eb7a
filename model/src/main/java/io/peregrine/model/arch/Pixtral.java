package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.GridRotary;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.MlpProjector;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PatchEmbedding;
import io.peregrine.model.block.PatchMerger;
import io.peregrine.model.block.PixelShuffle;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.RowNorm;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.ViewPlan;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Letterbox;
import io.peregrine.model.image.LongestEdge;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.Size;
import io.peregrine.model.image.SmartResize;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The vision side of Pixtral and Mistral Small 3 (`pixtral`), and of LightOnOCR (`lightonocr`): views of any size,
/// whose patches know their line and column by turned queries and keys.
///
/// Departures from the plain tower: RMSNorms, one of them before the first block and none behind the last; gated
/// feed-forward parts; no biases, no class token, no learned places. Mistral Small 3 and LightOnOCR normalise the
/// patches and merge squares of them ([PatchMerger]). Behind each line of a view but the last, Pixtral and Mistral Small
/// put the row that the file keeps for `[IMG_BREAK]`.
///
/// Sources: arXiv 2410.07073; `huggingface/transformers : models/pixtral, models/mistral3, models/lighton_ocr`; names
/// as in `ggml-org/llama.cpp : tools/mtmd/models/pixtral.cpp`.
final class Pixtral implements TowerEncoder {

    private static final double ROPE_BASE = 10000;
    private static final int BLACK = 0;

    /// llama.cpp's limits of a picture, in tokens.
    private static final int LLAMA_MIN_TOKENS = 8;

    private static final int LLAMA_MAX_TOKENS = 1024;

    private static final int MAX_MERGE = 64;
    private static final String OCR_EDGE = "clip.vision.preproc_image_size";

    /// Whether this is a LightOnOCR.
    private final boolean ocr;

    private final VitTower tower;
    private final int patch;
    private final int merge;

    /// Of patches before they are merged, or null, as `merger`.
    private final @Nullable RowNorm inputNorm;

    private final @Nullable PatchMerger merger;
    private final MlpProjector projector;

    /// `[dim]`, what stands behind each line but the last, or null.
    private final float @Nullable [] lineBreak;

    private final Normalisation normalisation;
    private final Preprocess preprocess;

    /// How long a picture may be, and how large.
    private final LongestEdge edge;

    private Pixtral(Metadata m, Weights w, VisionOptions options, boolean ocr, Consumer<String> notes) {
        VisionKeys keys = VisionKeys.read(m);
        int headDim = keys.turnedHead(m);
        this.ocr = ocr;
        this.patch = keys.patch();
        this.merge = m.integer("clip.vision.spatial_merge_size", 1, 1, MAX_MERGE);
        GridRotary rotary = GridRotary.shared(Rope.NORM, headDim, ROPE_BASE);
        FeatureLayers features = FeatureLayers.whole(m, keys, options.featureLayer());
        BlockKeys block = keys.block().withRms();
        this.tower = new VitTower(
                new PatchEmbedding(patch, VitLayers.patchKernel(w, keys), null, null),
                block.norm(w, "v.pre_ln"),
                VitLayers.blocks(w, "v", block, features.deepest()),
                features.depths(),
                null,
                (lines, columns) -> new ViewPlan(null, null, rotary.of(lines, columns)));
        this.merger = merger(w, keys.dim());
        this.inputNorm = merger == null ? null : w.rmsNorm("mm.input_norm", keys.dim(), keys.eps());
        this.projector = MlpProjector.bind(w, "mm.1", "mm.2", tower.width(), options.projectorGelu());
        this.lineBreak = w.vectorOrNull("v.token_embd.img_break", projector.out());
        this.normalisation = new Normalisation(keys.mean(), keys.std());
        this.preprocess = options.preprocess();
        String edgeKey = ocr && m.has(OCR_EDGE) ? OCR_EDGE : "clip.vision.image_size";
        this.edge = new LongestEdge(m.integer(edgeKey, 1, VisionKeys.MAX_IMAGE_SIZE), sizes(options));
        options.noteOneView(notes);
    }

    static Pixtral bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        return new Pixtral(m, w, options, false, notes);
    }

    static Pixtral bindOcr(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        return new Pixtral(m, w, options, true, notes);
    }

    private @Nullable PatchMerger merger(Weights w, int dim) {
        String name = "mm.patch_merger";
        if (!w.has(name + ".weight")) {
            return null;
        }
        PixelShuffle shuffle = new PixelShuffle(merge);
        return new PatchMerger(shuffle, w.linear(name, shuffle.width(dim), dim));
    }

    /// Authors have no limits but the longer side; llama.cpp has, for all but LightOnOCR.
    private SmartResize sizes(VisionOptions options) {
        int factor = patch * merge;
        long area = (long) factor * factor;
        return preprocess == Preprocess.LLAMA_CPP && !ocr
                ? options.sizes(factor, LLAMA_MIN_TOKENS * area, LLAMA_MAX_TOKENS * area)
                : options.sizes(factor, 0, SmartResize.NO_LIMIT);
    }

    @Override
    public int dim() {
        return projector.out();
    }

    @Override
    public String chatTemplate() {
        return ocr ? "lightonocr" : merger == null ? "pixtral" : "mistral-small";
    }

    @Override
    public PreparedPicture prepare(Image image) {
        Size size = size(image);
        int lines = size.height() / (patch * merge);
        int columns = size.width() / (patch * merge);
        int tokens = lines * columns + (lineBreak == null ? 0 : lines - 1);
        HeapLimit.check(
                "a picture of " + size.width() + " x " + size.height() + " pixels",
                tower.scratchBytes(size.area() / patch / patch) + 3L * Float.BYTES * size.area(),
                "allow fewer tokens for a picture, or give the JVM more memory with -Xmx");
        Pixels view = normalisation.apply(resized(image, size));
        PreparedPicture.Piece block = new PreparedPicture.Block(List.of(view), tokens);
        if (!ocr) {
            return new PreparedPicture(List.of(block, new PreparedPicture.Mark("[IMG_END]")));
        }
        return preprocess == Preprocess.AUTHORS
                ? new PreparedPicture(List.of(block))
                : new PreparedPicture(List.of(
                        new PreparedPicture.Mark("<|im_start|>"), block, new PreparedPicture.Mark("<|im_end|>")));
    }

    private Size size(Image image) {
        if (preprocess == Preprocess.AUTHORS) {
            return edge.pixtral(image.width(), image.height());
        }
        return ocr
                ? edge.llamaCpp(image.width(), image.height())
                : edge.limits().llamaCpp(image.width(), image.height());
    }

    private Image resized(Image image, Size size) {
        if (preprocess == Preprocess.AUTHORS) {
            return image.resized(size.width(), size.height(), Resampling.BICUBIC);
        }
        Resampling resampling = ocr ? Resampling.LLAMA_BICUBIC : Resampling.LLAMA_BILINEAR;
        return image.letterboxed(size.width(), size.height(), Letterbox.CEIL, BLACK, resampling);
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.apply(pass, views, pass.rows("v.features", 0, 0)); // [views * patches, dim]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        int lines = views.getFirst().height() / patch;
        int columns = views.getFirst().width() / patch;
        Rows merged = features;
        if (inputNorm != null && merger != null) {
            inputNorm.apply(pass, features, features);
            merged = merger.apply(pass, features, lines, columns, pass.rows("v.merged", 0, 0));
        }
        if (lineBreak == null) {
            return projector.apply(pass, merged, out);
        }
        Rows cells = projector.apply(pass, merged, pass.rows("v.cells", 0, 0));
        return withBreaks(cells, views.size(), lines / merge, lineBreak, out);
    }

    /// @param cells `[views * lines * columns, dim]`
    /// @param out gets the shape `[views * (lines * columns + lines - 1), dim]`
    private static Rows withBreaks(Rows cells, int views, int lines, float[] lineBreak, Rows out) {
        int columns = cells.rows() / (views * lines);
        out.shape(cells.rows() + views * (lines - 1), cells.width());
        int to = 0;
        for (int line = 0; line < views * lines; line++) {
            cells.copyTo(line * columns, columns, out, to);
            to += columns;
            if (line % lines < lines - 1) {
                System.arraycopy(lineBreak, 0, out.data(), out.offset(to++), out.width());
            }
        }
        return out;
    }
}
