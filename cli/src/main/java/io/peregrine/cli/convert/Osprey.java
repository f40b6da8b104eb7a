package io.peregrine.cli.convert;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.GgufType;
import io.peregrine.core.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Osprey: CLIP's ConvNeXt as `timm` names it, the projector, the mask extractor, and Vicuna. The tower is in the
/// checkpoint or, since it was frozen, in the file of open_clip that the configuration names.
///
/// The tokens `<mask>` and `<pos>` are never embedded and have no rows: they are left out.
///
/// Source: `CircleRadon/Osprey : osprey/model/{osprey_arch,layer}.py`.
final class Osprey implements Recipe {

    private static final int USUAL_IMAGE = 512;
    private static final int STAGES = 4;
    private static final int TOKEN_STAGE = 2;
    private static final String STEM = "visual.trunk.stem.0.weight";
    private static final String EXTRACTOR = "mask_extractor.feat_linear.weight";

    @Override
    public void plan(Sources sources, Files files) {
        Pool pool = sources.pool();
        LlamaText text = new LlamaText(sources.config());
        text.plan(sources, pool, files.text(), "model.", "lm_head.weight", LlamaText.Adapter.NONE);

        Target target = files.vision();
        Path given = sources.request().visionTower();
        @Nullable String inside = pool.prefixOf(STEM);
        if (inside == null && given == null) {
            throw new ModelFileException(
                    sources.folder().toString(),
                    "does not hold the weights of the vision tower",
                    "give the file of open_clip's convnext_large_d_320 with --vision-tower FILE");
        }
        Pool home = inside != null || given == null ? pool : sources.pool(given);
        String prefix = inside != null ? inside : home.prefixOf(STEM);
        int[] dims = tower(sources, home, target, (prefix == null ? "" : prefix) + "visual.trunk.", text.dim());
        // The rest of a CLIP: its text tower, and what leads to the common space.
        String rest = Pattern.quote(prefix == null ? "" : prefix);
        home.ignore(
                rest + "visual\\.(head|trunk\\.head|trunk\\.norm)\\..*",
                rest + "(text|transformer|token_embedding|ln_final)\\..*",
                rest + "(positional_embedding|text_projection|logit_scale|attn_mask)");
        ClipTower.linear(pool, target, "model.mm_projector.0", "mm.0", text.dim(), dims[TOKEN_STAGE]);
        ClipTower.linear(pool, target, "model.mm_projector.2", "mm.2", text.dim(), text.dim());
        extractor(pool, target, dims, text.dim());
    }

    /// @return the widths of the stages
    private static int[] tower(Sources sources, Pool pool, Target target, String from, int out) {
        int[] dims = new int[STAGES];
        int[] depths = new int[STAGES];
        int[] inner = new int[STAGES];
        for (int stage = 0; stage < STAGES; stage++) {
            String blocks = from + "stages." + stage + ".blocks.";
            Shape widening = pool.shape(blocks + "0.mlp.fc1.weight", 2);
            dims[stage] = (int) Math.min(widening.dim(1), Limits.WIDTH);
            inner[stage] = (int) Math.min(widening.dim(0), Limits.WIDTH);
            depths[stage] = pool.count(blocks, ".gamma");
        }
        int patch = (int) Math.min(pool.shape(from + "stem.0.weight", 4).dim(3), Limits.IMAGE);
        new VisionKeys(
                        "osprey",
                        true,
                        sources.imageSize(USUAL_IMAGE),
                        patch,
                        dims[TOKEN_STAGE],
                        inner[TOKEN_STAGE],
                        Arrays.stream(depths).sum(),
                        out,
                        1,
                        1e-6f,
                        VisionKeys.CLIP_MEAN,
                        VisionKeys.CLIP_STD)
                .write(target);
        target.array("clip.vision.stage.block_count", GgufType.INT32, depths)
                .array("clip.vision.stage.embedding_length", GgufType.INT32, dims)
                .uint32("clip.vision.token_stage", TOKEN_STAGE);
        ClipTower.linear(pool, target, from + "stem.0", "v.patch_embd", Shape.of(dims[0], 3, patch, patch));
        ClipTower.norm(pool, target, from + "stem.1", "v.patch_ln", dims[0]);
        for (int stage = 0; stage < STAGES; stage++) {
            String name = from + "stages." + stage + ".";
            String to = "v.stage." + stage + ".";
            if (stage > 0) {
                ClipTower.norm(pool, target, name + "downsample.0", to + "down.ln", dims[stage - 1]);
                Shape kernel = Shape.of(dims[stage], dims[stage - 1], 2, 2);
                ClipTower.linear(pool, target, name + "downsample.1", to + "down.conv", kernel);
            }
            for (int i = 0; i < depths[stage]; i++) {
                block(pool, target, name + "blocks." + i + ".", to + "blk." + i + ".", dims[stage], inner[stage]);
            }
        }
        return dims;
    }

    private static void block(Pool pool, Target target, String from, String to, int dim, int ffn) {
        ClipTower.linear(pool, target, from + "conv_dw", to + "dw", Shape.of(dim, 1, 7, 7));
        ClipTower.norm(pool, target, from + "norm", to + "ln", dim);
        ClipTower.linear(pool, target, from + "mlp.fc1", to + "pw1", ffn, dim);
        ClipTower.linear(pool, target, from + "mlp.fc2", to + "pw2", dim, ffn);
        target.exact(to + "ls.weight", pool.take(from + "gamma", dim));
    }

    private static void extractor(Pool pool, Target target, int[] dims, int out) {
        String prefix = pool.prefixOf(EXTRACTOR);
        String from = (prefix == null ? "" : prefix) + "mask_extractor.";
        long width = pool.shape(from + "feat_linear.weight", 2).dim(1);
        String places = from + "mask_linear.layers.";
        long inputs = pool.shape(places + "0.weight", 2).dim(1);
        long side = Math.round(Math.sqrt(inputs));
        if (side * side != inputs || side > Limits.IMAGE) {
            throw new ModelFormatException(
                    pool.file(), "tensor " + places + "0.weight", inputs + " inputs", "those of a square mask", "");
        }
        target.uint32("clip.vision.region.mask_size", side);
        for (int level = 0; level < STAGES; level++) {
            ClipTower.linear(pool, target, from + "res" + (level + 2), "mm.region.level." + level, width, dims[level]);
        }
        ClipTower.linear(pool, target, from + "feat_linear", "mm.region.feat", out, width);
        long hidden = pool.shape(places + "0.weight", 2).dim(0);
        ClipTower.linear(pool, target, places + "0", "mm.region.pos.0", hidden, inputs);
        ClipTower.linear(pool, target, places + "1", "mm.region.pos.1", hidden, hidden);
        ClipTower.linear(pool, target, places + "2", "mm.region.pos.2", out, hidden);
    }
}
