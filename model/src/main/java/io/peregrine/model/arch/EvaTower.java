package io.peregrine.model.arch;

import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Activation;
import io.peregrine.model.block.RowNorm;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.SquareRecipe;

/// What MiniGPT-4 and MiniGPT-v2 see pictures with: the EVA-CLIP ViT-g, and the norm that BLIP-2 puts behind
/// it.
///
/// Departures from the plain tower: the patch convolution has a bias, keys have none (it is stored as zeros),
/// the GELU is exact whatever `clip.use_gelu` says, no norm comes before the first block, and one with an
/// epsilon of its own behind the last, over all tokens with the class token. Pictures are squashed to a
/// square as PIL does.
///
/// Sources: arXiv 2211.07636; `Vision-CAIR/MiniGPT-4 : minigpt4/models/eva_vit.py,
/// minigpt4/processors/blip_processors.py`.
///
/// @param patches of a picture
record EvaTower(VitTower tower, SquareRecipe recipe, int patches) {

    static EvaTower bind(Metadata m, Weights w, VisionOptions options) {
        if (!w.has("v.class_embd")) {
            throw new UnsupportedModelException(
                    m.file(), "an EVA tower without a class token (v.class_embd)", "towers with one");
        }
        VisionKeys keys = VisionKeys.read(m).with(Activation.GELU_ERF);
        float eps = m.number("clip.vision.post_layer_norm_epsilon", 1e-5f, 0, 1);
        RowNorm postNorm = w.layerNorm("v.post_ln", keys.dim(), eps);
        FeatureLayers features = FeatureLayers.whole(m, keys, options.featureLayer());
        VitTower tower = new VitTower(
                VitLayers.embedding(w, keys),
                null,
                VitLayers.blocks(w, keys, features.deepest()),
                features.depths(),
                postNorm);
        Fit fit = options.fit() == null ? Fit.SQUASH : options.fit();
        SquareRecipe recipe = new SquareRecipe(
                keys.imageSize(), fit, Resampling.BICUBIC, new Normalisation(keys.mean(), keys.std()));
        return new EvaTower(tower, recipe, keys.grid() * keys.grid());
    }
}
