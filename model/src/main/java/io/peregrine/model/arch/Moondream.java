package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Activation;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.MlpProjector;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
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
import org.jspecify.annotations.Nullable;

/// The vision side of Moondream2: a SigLIP tower with a norm behind its last block, and an MLP (`mlp`, as LLaVA's, from
/// which the file's content tells it apart: see [#isIn]).
///
/// No class token and no norm before the first block. Files store one block more than is run, a copy of the last one,
/// because llama.cpp leaves the last one out. A picture is one view, squeezed to a square; its rows follow each other,
/// and nothing stands around them. The GELUs of tower and projector are those with tanh.
///
/// Sources: `vikhyat/moondream` at `bdefcdd` (April 2024): `moondream/vision_encoder.py, create_gguf.py`;
/// `ggml-org/llama.cpp : tools/mtmd/models/llava.cpp`.
final class Moondream implements TowerEncoder {

    /// What llama.cpp fills the rest of a square with: the mean colour of CLIP's training pictures.
    private static final int LLAMA_REST = 0x7A7468;

    private final VitTower tower;
    private final MlpProjector projector;

    /// Null: as llama.cpp does, with the picture's shape kept.
    private final @Nullable SquareRecipe square;

    private final Normalisation normalisation;

    /// Of a view, in pixels.
    private final int side;

    /// Of a view.
    private final int patches;

    private Moondream(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        VisionKeys keys = VisionKeys.read(m);
        FeatureLayers features = FeatureLayers.choose(m, w, keys, options.featureLayer());
        notes.accept(features.note(keys) + "; with the norm v.post_ln");
        tower = new VitTower(
                VitLayers.embedding(w, keys),
                null,
                VitLayers.blocks(w, keys, features.deepest()),
                features.depths(),
                w.layerNorm("v.post_ln", keys.dim(), keys.eps()));
        projector = MlpProjector.bind(w, "mm.0", "mm.2", tower.width(), Activation.GELU_TANH);
        side = keys.imageSize();
        patches = keys.grid() * keys.grid();
        normalisation = new Normalisation(keys.mean(), keys.std());
        Fit fit = options.fit() == null ? Fit.SQUASH : options.fit();
        square = options.fit() == null && options.preprocess() == Preprocess.LLAMA_CPP
                ? null
                : new SquareRecipe(side, fit, Resampling.BICUBIC, normalisation);
        if (options.maxTiles() > 0 || options.minTokens() > 0 || options.maxTokens() > 0) {
            notes.accept("vision: a picture is one view of " + patches
                    + " tokens; how many tiles or tokens are asked for does not matter");
        }
    }

    /// Whether a file with an `mlp` projector is of this kind: no class token and no norm before the first block, but one
    /// behind the last, and no word about which hidden states are wanted. LLaVA's converters leave the last norm out
    /// where it is not applied.
    static boolean isIn(Metadata m, Weights w) {
        return !w.has("v.class_embd")
                && !w.has("v.pre_ln.weight")
                && w.has("v.post_ln.weight")
                && !FeatureLayers.areIn(m);
    }

    static Moondream bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        return new Moondream(m, w, options, notes);
    }

    @Override
    public int dim() {
        return projector.out();
    }

    @Override
    public String chatTemplate() {
        return "moondream";
    }

    @Override
    public PreparedPicture prepare(Image image) {
        HeapLimit.check("a picture in 1 view", bytes(), "give the JVM more memory with -Xmx");
        return new PreparedPicture(List.of(new PreparedPicture.Block(List.of(view(image)), patches)));
    }

    /// What a view takes while it is encoded: pixels, tower, and two layers of the projector.
    private long bytes() {
        long projected = (long) patches * (projector.first().out() + projector.out());
        return tower.scratchBytes(patches) + Float.BYTES * (3L * side * side + projected);
    }

    private Pixels view(Image image) {
        return square == null
                ? normalisation.apply(
                        image.letterboxed(side, side, Letterbox.CEIL, LLAMA_REST, Resampling.LLAMA_BICUBIC))
                : square.apply(image);
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.apply(pass, views, pass.rows("v.features", 0, 0)); // [views * patches, dim]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        return projector.apply(pass, features, out);
    }
}
