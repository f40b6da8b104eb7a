package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PatchMean;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.RowNorm;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Letterbox;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.SquareRecipe;
import java.util.List;
import java.util.function.Consumer;

/// The vision side of Gemma 3 (`gemma3`): a SigLIP tower, the mean of squares of its patches, a norm and one matrix.
///
/// The plain tower: no class token, a norm behind the last block. Every `clip.vision.projector.scale_factor` by as many
/// patches become one row. The matrix is stored turned, as the original multiplies with it. Pictures are one view,
/// stretched to a square, with empty lines around them in the text; llama.cpp letterboxes them, without empty lines. What
/// the authors call pan and scan, off unless asked for, is not here.
///
/// Sources: arXiv 2503.19786; `huggingface/transformers : models/gemma3/modeling_gemma3.py, processing_gemma3.py,
/// image_processing_gemma3.py`; names as in `ggml-org/llama.cpp : conversion/gemma.py, tools/mtmd/clip-impl.h`.
final class Gemma3Vision implements TowerEncoder {

    static final String PROJECTOR = "gemma3";

    private static final int USUAL_FACTOR = 4;
    private static final int BLACK = 0;
    private static final String BEGIN = "<start_of_image>";
    private static final String END = "<end_of_image>";

    private final VitTower tower;
    private final PatchMean mean;
    private final RowNorm norm;
    private final Linear projector;
    private final SquareRecipe square;

    /// Whether pictures keep their shape, on a black square.
    private final boolean letterboxed;

    /// What stands between a picture's marks and the text around it.
    private final String gap;

    /// Patches on a side of a view.
    private final int side;

    private Gemma3Vision(Metadata m, Weights w, VisionKeys keys, VisionOptions options, Consumer<String> notes) {
        FeatureLayers features = FeatureLayers.whole(m, keys, options.featureLayer());
        tower = new VitTower(
                VitLayers.embedding(w, keys),
                null,
                VitLayers.blocks(w, keys, features.deepest()),
                features.depths(),
                w.layerNorm("v.post_ln", keys.dim(), keys.eps()));
        side = keys.grid();
        mean = new PatchMean(keys.merged(m, USUAL_FACTOR));
        norm = w.rmsNorm("mm.soft_emb_norm", keys.dim(), keys.eps());
        projector = w.linearTurned("mm.input_projection", keys.dim());
        boolean authors = options.preprocess() == Preprocess.AUTHORS;
        letterboxed = !authors && options.fit() == null;
        gap = authors ? "\n\n" : "";
        square = new SquareRecipe(
                keys.imageSize(),
                options.fit() == null ? Fit.SQUASH : options.fit(),
                authors ? Resampling.BILINEAR : Resampling.LLAMA_BILINEAR,
                new Normalisation(keys.mean(), keys.std()));
        if (options.maxTiles() > 0) {
            notes.accept("vision: a picture is one view; how many tiles are allowed does not matter");
        }
        if (options.minTokens() > 0 || options.maxTokens() > 0) {
            notes.accept("vision: a picture always takes " + rows() + " tokens; how many are asked for does not matter");
        }
    }

    static Gemma3Vision bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        return new Gemma3Vision(m, w, VisionKeys.read(m), options, notes);
    }

    /// Rows of a picture.
    private int rows() {
        return side / mean.factor() * (side / mean.factor());
    }

    @Override
    public int dim() {
        return projector.out();
    }

    @Override
    public List<String> tokens() {
        return List.of(BEGIN, END);
    }

    @Override
    public String chatTemplate() {
        return "gemma3";
    }

    @Override
    public PreparedPicture prepare(Image image) {
        HeapLimit.check("a picture in 1 view", bytes(), "give the JVM more memory with -Xmx");
        PreparedPicture.Block block = new PreparedPicture.Block(List.of(view(image)), rows());
        return new PreparedPicture(
                List.of(new PreparedPicture.Mark(gap + BEGIN), block, new PreparedPicture.Mark(END + gap)));
    }

    private Pixels view(Image image) {
        return letterboxed
                ? square.normalisation()
                        .apply(image.letterboxed(
                                square.side(), square.side(), Letterbox.CEIL, BLACK, square.resampling()))
                : square.apply(image);
    }

    /// What a view takes while it is encoded: pixels, tower, what is seen of it, and what comes out.
    private long bytes() {
        long patches = (long) side * side;
        long samples = 3L * square.side() * square.side();
        return tower.scratchBytes(patches)
                + Float.BYTES * (samples + rows() * ((long) tower.width() + projector.out()));
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.apply(pass, views, pass.rows("v.features", 0, 0)); // [views * patches, width]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        Rows means = mean.apply(pass, features, side, side, pass.rows("v.means", 0, 0)); // [views * rows, width]
        return projector.apply(pass, norm.apply(pass, means, means), out);
    }
}
