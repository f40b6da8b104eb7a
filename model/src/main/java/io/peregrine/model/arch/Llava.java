package io.peregrine.model.arch;

import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.MlpProjector;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Trace;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.SquareRecipe;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The vision side of LLaVA 1.0 and 1.5: a CLIP tower, features of its patches, an MLP projector (`mlp`).
///
/// The plain tower of [io.peregrine.model.block.VitTower]: class token first, a norm before the first block,
/// no norm on the features even if the file stores one, no rows for the class token. Which hidden state the
/// projector sees is decided by [FeatureLayers]. Pictures are padded to a square with the mean colour and
/// resized as PIL does.
///
/// Sources: arXiv 2310.03744; `haotian-liu/LLaVA : llava/model/multimodal_encoder/clip_encoder.py,
/// llava/model/multimodal_projector/builder.py`; names as in `ggml-org/llama.cpp : tools/mtmd/clip-impl.h`.
final class Llava implements ImageEncoder {

    private final VitTower tower;
    private final MlpProjector projector;
    private final SquareRecipe recipe;

    private Llava(SquareRecipe recipe, VitTower tower, MlpProjector projector) {
        this.recipe = recipe;
        this.tower = tower;
        this.projector = projector;
    }

    static Llava bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        if (!w.has("v.class_embd")) {
            throw new UnsupportedModelException(
                    m.file(), "a tower without a class token (v.class_embd) before an mlp projector", "CLIP towers");
        }
        VisionKeys keys = VisionKeys.read(m);
        FeatureLayers features = FeatureLayers.choose(m, w, keys, options.featureLayer());
        notes.accept(features.note(keys));
        VitTower tower = new VitTower(
                VitLayers.embedding(w, keys),
                w.layerNorm("v.pre_ln", keys.dim(), keys.eps()),
                VitLayers.blocks(w, keys, features.deepest()),
                features.depths(),
                null);
        SquareRecipe recipe = new SquareRecipe(
                keys.imageSize(), fit(m, options), Resampling.BICUBIC, new Normalisation(keys.mean(), keys.std()));
        return new Llava(recipe, tower, MlpProjector.bind(w, tower.width()));
    }

    private static Fit fit(Metadata m, VisionOptions options) {
        if (options.fit() != null) {
            return options.fit();
        }
        String key = "clip.vision.image_aspect_ratio";
        String stored = m.string(key, "pad");
        return switch (stored) {
            case "pad" -> Fit.PAD;
            case "square" -> Fit.CROP;
            default -> throw new UnsupportedModelException(m.file(), key + " '" + stored + "'", "pad, square");
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
    public PreparedPicture prepare(Image image) {
        return new PreparedPicture(List.of(new PreparedPicture.Block(List.of(recipe.apply(image)), tower.patches())));
    }

    @Override
    public List<Rows> encode(Pass pass, PreparedPicture picture) {
        List<Rows> embeddings = new ArrayList<>();
        for (PreparedPicture.Block block : picture.blocks()) {
            int number = embeddings.size();
            Rows features = tower.apply(pass, block.views(), pass.rows("v.features", block.tokens(), tower.width()));
            pass.trace().rows(Trace.FEATURES, number, features);
            Rows rows = projector.apply(pass, features, new Rows()); // [tokens, dim]
            pass.trace().rows("v.embedding", number, rows);
            embeddings.add(rows);
        }
        return embeddings;
    }
}
