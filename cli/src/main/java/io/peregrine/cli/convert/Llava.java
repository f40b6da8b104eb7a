package io.peregrine.cli.convert;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.ModelFileException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.GgufType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// LLaVA 1.0, 1.5 and 1.6, as `haotian-liu/LLaVA` publishes them and as `transformers` has them.
///
/// The former leaves the tower out unless it was trained (1.6): its weights come from another folder. Blocks behind
/// the features that the projector sees are not stored, and neither is the norm after all blocks.
final class Llava implements Recipe {

    /// Where a layout has its parts.
    ///
    /// @param text prefix of the layers
    private record Names(String text, String head, String tower, String newline) {

        private static final Names ORIGINAL =
                new Names("model.", "lm_head.weight", "model.vision_tower.vision_tower.", "model.image_newline");
        private static final Names TRANSFORMERS =
                new Names("language_model.model.", "language_model.lm_head.weight", "vision_tower.", "image_newline");
        /// Since version 4.52.
        private static final Names NEWER =
                new Names("model.language_model.", "lm_head.weight", "model.vision_tower.", "model.image_newline");
    }

    @Override
    public void plan(Sources sources, Files files) {
        Config config = sources.config();
        Pool pool = sources.pool();
        boolean original = !config.has("text_config") && !config.has("vision_config");
        Names names = original
                ? Names.ORIGINAL
                : pool.hasPrefix(Names.NEWER.text) ? Names.NEWER : Names.TRANSFORMERS;
        Config textConfig = original ? config : config.objectOrNull("text_config");
        LlamaText text = new LlamaText(textConfig == null ? Config.empty(config.file()) : textConfig);
        text.plan(sources, pool, files.text(), names.text, names.head, LlamaText.Adapter.NONE);

        Target target = files.vision();
        Tower tower = tower(sources, pool, names, original);
        String layerKey = original ? "mm_vision_select_layer" : "vision_feature_layer";
        int[] depths = depths(config, layerKey, tower.shape.layers());
        int blocks = Arrays.stream(depths).max().orElseThrow();
        checkFeature(config);
        if (config.bool("mm_use_im_start_end", false)) {
            sources.note("mm_use_im_start_end: the model expects <im_start> and <im_end> around pictures; write them in"
                    + " prompts");
        }
        Config preprocessor = Sources.optional(tower.folder, "preprocessor_config.json");
        new VisionKeys(
                        "mlp",
                        false,
                        tower.shape.imageSize(),
                        tower.shape.patch(),
                        tower.shape.dim(),
                        tower.shape.ffn(),
                        blocks,
                        text.dim(),
                        tower.shape.heads(),
                        tower.shape.eps(),
                        preprocessor.numbers("image_mean", VisionKeys.CLIP_MEAN),
                        preprocessor.numbers("image_std", VisionKeys.CLIP_STD))
                .write(target);
        target.bool("clip.has_llava_projector", true).array("clip.vision.feature_layer", GgufType.INT32, depths);
        pictures(config, target, original, tower.shape.imageSize());
        tower.shape.plan(tower.pool, tower.prefix, target, blocks);
        tower.shape.ignoreRest(tower.pool, tower.prefix);
        if (tower.pool != pool) {
            // The rest of a CLIP: its text tower, and what leads to the common space.
            tower.pool.ignore("text_model\\..*", "(visual|text)_projection\\.weight", "logit_scale");
        }
        projector(config, pool, target, original, (long) depths.length * tower.shape.dim(), text.dim());
        if (pool.has(names.newline)) {
            target.exact("model.image_newline", pool.take(names.newline, text.dim()));
        }
    }

    /// @param folder where it may say how pictures are prepared
    private record Tower(ClipTower shape, Pool pool, String prefix, Path folder) {}

    private static Tower tower(Sources sources, Pool pool, Names names, boolean original) {
        boolean inside = pool.hasPrefix(names.tower);
        Path given = sources.request().visionTower();
        if (!inside && given == null) {
            throw new ModelFileException(
                    sources.folder().toString(),
                    "does not hold the weights of the vision tower",
                    "give the folder of "
                            + sources.config().string("mm_vision_tower", "openai/clip-vit-large-patch14-336")
                            + " with --vision-tower DIR");
        }
        if (!original) {
            Config config = sources.config().objectOrNull("vision_config");
            ClipTower shape = ClipTower.of(config == null ? Config.empty(sources.config().file()) : config);
            return new Tower(shape, pool, names.tower, sources.folder());
        }
        @Nullable ClipTower shape = null;
        if (given != null) {
            sources.use(given);
            Config config = Config.read(given.resolve("config.json"));
            Config inner = config.objectOrNull("vision_config");
            shape = ClipTower.of(inner == null ? config : inner);
        }
        if (inside || given == null) {
            ClipTower found = shape == null ? ClipTower.of(pool, names.tower) : shape;
            if (shape == null) {
                sources.note("the heads of the vision tower are not in the checkpoint: taken as " + found.heads()
                        + " of 64, as CLIP ViT-L/14 has them; --vision-tower DIR gives its configuration");
            }
            return new Tower(found, pool, names.tower, sources.folder());
        }
        return new Tower(Objects.requireNonNull(shape), sources.pool(given), "", given);
    }

    /// Depths of the hidden states that the projector sees; negative ones count from the last.
    private static int[] depths(Config config, String key, int layers) {
        JsonNode value = config.json().path(key);
        int count = value.isArray() ? value.size() : 1;
        int[] depths = new int[count];
        for (int i = 0; i < count; i++) {
            JsonNode one = value.isArray() ? value.get(i) : value;
            int depth = value.isMissingNode() || value.isNull() ? -2 : one.asInt(Integer.MIN_VALUE);
            depths[i] = depth < 0 ? depth + layers + 1 : depth;
            if (depths[i] < 0 || depths[i] > layers) {
                throw config.wrong(key, "a layer of the " + layers + " of the tower");
            }
        }
        if (count == 0) {
            throw config.wrong(key, "at least one layer");
        }
        return depths;
    }

    private static void checkFeature(Config config) {
        String original = config.string("mm_vision_select_feature", "patch");
        String transformers = config.string("vision_feature_select_strategy", "default");
        if (!original.equals("patch") || !transformers.equals("default")) {
            throw new UnsupportedModelException(
                    config.file(),
                    "features " + original + ", strategy " + transformers,
                    "mm_vision_select_feature patch, vision_feature_select_strategy default");
        }
    }

    private static void pictures(Config config, Target target, boolean original, int imageSize) {
        boolean next = config.string("model_type", "").equals("llava_next");
        String ratio = original ? config.string("image_aspect_ratio", "pad") : next ? "anyres" : "pad";
        if (!ratio.equals("anyres")) {
            if (!ratio.equals("pad") && !ratio.equals("square")) {
                throw new UnsupportedModelException(
                        config.file(), "image_aspect_ratio " + ratio, "pad, square, anyres");
            }
            target.string("clip.vision.image_aspect_ratio", ratio);
            return;
        }
        String merge = config.string("mm_patch_merge_type", original ? "flat" : "spatial_unpad");
        if (!merge.equals("flat") && !merge.equals("spatial_unpad")) {
            throw new UnsupportedModelException(
                    config.file(), "mm_patch_merge_type " + merge, "flat, spatial_unpad");
        }
        target.array("clip.vision.image_grid_pinpoints", GgufType.INT32, pinpoints(config, original))
                .string("clip.vision.mm_patch_merge_type", merge)
                .uint32("clip.vision.image_crop_resolution",
                        config.integer("image_crop_resolution", imageSize, 1, Limits.IMAGE))
                .string("clip.vision.image_aspect_ratio", "anyres");
    }

    /// Width, height, width, height, ... The original has them so; `transformers` takes the same pairs as height and
    /// width. Where every size occurs both ways, as in all published models, that only changes which of two canvases
    /// that are equally good comes first: the order of the authors is kept. Elsewhere the pairs are turned.
    private static int[] pinpoints(Config config, boolean original) {
        String key = "image_grid_pinpoints";
        JsonNode list = config.json().path(key);
        int[] flat = new int[2 * list.size()];
        Set<List<Integer>> sizes = new HashSet<>();
        for (int i = 0; i < list.size(); i++) {
            JsonNode pair = list.path(i);
            for (int j = 0; j < 2; j++) {
                flat[2 * i + j] = pair.path(j).asInt(0);
                if (pair.size() != 2 || flat[2 * i + j] < 1 || flat[2 * i + j] > Limits.IMAGE) {
                    throw config.wrong(key, "pairs of sizes from 1 to " + Limits.IMAGE);
                }
            }
            sizes.add(List.of(flat[2 * i], flat[2 * i + 1]));
        }
        if (list.isEmpty()) {
            throw config.wrong(key, "pairs of sizes from 1 to " + Limits.IMAGE);
        }
        boolean bothWays = sizes.stream().allMatch(size -> sizes.contains(size.reversed()));
        if (!original && !bothWays) {
            for (int i = 0; i < flat.length; i += 2) {
                int height = flat[i];
                flat[i] = flat[i + 1];
                flat[i + 1] = height;
            }
        }
        return flat;
    }

    private static void projector(Config config, Pool pool, Target target, boolean original, long in, long out) {
        if (!original) {
            String activation = config.string("projector_hidden_act", "gelu");
            if (!activation.equals("gelu")) {
                throw new UnsupportedModelException(config.file(), "projector_hidden_act " + activation, "gelu");
            }
            String prefix = pool.hasPrefix("model.multi_modal_projector.") ? "model." : "";
            ClipTower.linear(pool, target, prefix + "multi_modal_projector.linear_1", "mm.0", out, in);
            ClipTower.linear(pool, target, prefix + "multi_modal_projector.linear_2", "mm.2", out, out);
            return;
        }
        String type = config.string("mm_projector_type", "linear");
        switch (type) {
            case "linear" -> ClipTower.linear(pool, target, "model.mm_projector", "mm.0", out, in);
            case "mlp2x_gelu" -> {
                ClipTower.linear(pool, target, "model.mm_projector.0", "mm.0", out, in);
                ClipTower.linear(pool, target, "model.mm_projector.2", "mm.2", out, out);
            }
            default ->
                throw new UnsupportedModelException(config.file(), "mm_projector_type " + type, "linear, mlp2x_gelu");
        }
    }
}
