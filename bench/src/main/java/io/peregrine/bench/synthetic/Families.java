package io.peregrine.bench.synthetic;

import io.peregrine.bench.synthetic.TowerFile.Trait;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The published shapes of models that people run: a text model, and the tower that goes with it under the same name with
/// `-mmproj`.
///
/// Sources: `config.json` of the checkpoint that each names.
final class Families {

    private static final TextFile LLAMA = text("llama");
    private static final TextFile QWEN2 = text("qwen2", TextFile.Trait.INPUT_BIASES);
    private static final TextFile QWEN3 = text("qwen3", TextFile.Trait.HEAD_NORMS);
    private static final TextFile QWEN2VL = text("qwen2vl", TextFile.Trait.INPUT_BIASES, TextFile.Trait.AXES);
    private static final TextFile QWEN3VL =
            text("qwen3vl", TextFile.Trait.HEAD_NORMS, TextFile.Trait.AXES, TextFile.Trait.DEEPSTACK);
    private static final TextFile GEMMA3 =
            text("gemma3", TextFile.Trait.HEAD_NORMS, TextFile.Trait.POST_NORMS, TextFile.Trait.WINDOWS);
    private static final TextFile LFM2 = text("lfm2", TextFile.Trait.CONVOLUTIONS, TextFile.Trait.HEAD_NORMS);
    private static final TextFile PHI2 = text("phi2", TextFile.Trait.PARALLEL);

    /// SigLIP's tower.
    private static final Set<Trait> SIGLIP =
            EnumSet.of(Trait.PATCH_BIAS, Trait.POST_NORM, Trait.GELU, Trait.PLAIN_COLOURS);

    private static final Set<Trait> PIXTRAL =
            EnumSet.of(Trait.NO_PLACES, Trait.PRE_NORM, Trait.RMS, Trait.GATES, Trait.NO_BIASES, Trait.SILU);

    private static final int GRID = 4;

    private Families() {}

    private static TextFile text(String architecture, TextFile.Trait... traits) {
        Set<TextFile.Trait> all = EnumSet.noneOf(TextFile.Trait.class);
        all.addAll(Set.of(traits));
        return new TextFile(architecture, all, marks());
    }

    /// What any of the families puts around pictures and their tiles; grids of tiles of up to 4 x 4.
    private static List<String> marks() {
        List<String> marks = new ArrayList<>(List.of(
                "<fake_token_around_image>", "<global-img>",
                "<|vision_start|>", "<|vision_end|>",
                "<start_of_image>", "<end_of_image>",
                "<img>", "</img>",
                "<|image_start|>", "<|image_end|>", "<|img_thumbnail|>",
                "<image>", "</image>", "<slice>", "</slice>", "<image_id>", "</image_id>",
                "[IMG_END]"));
        for (int row = 1; row <= GRID; row++) {
            for (int column = 1; column <= GRID; column++) {
                marks.add("<row_" + row + "_col_" + column + ">");
                marks.add("<|img_row_" + row + "_col_" + column + "|>");
            }
        }
        return marks;
    }

    static void addTo(Map<String, Preset> all) {
        smolVlm(all);
        qwenVl(all);
        gemma(all);
        internVl(all);
        lfm2Vl(all);
        moondream(all);
        miniCpm(all);
        pixtral(all);
    }

    private static void add(Map<String, Preset> all, Preset text, Preset tower) {
        Preset.add(all, text);
        Preset.add(all, tower);
    }

    private static void smolVlm(Map<String, Preset> all) {
        TowerFile tower = new TowerFile("idefics3", SIGLIP);
        add(
                all,
                Preset.text("smolvlm-256m", "SmolVLM-256M", LLAMA, 30, 576, 1536, 9, 3, 64, 49_280, 8192),
                Preset.tower("smolvlm-256m-mmproj", "its tower", tower, 12, 768, 3072, 12, 512)
                        .put("patch", 16).put("projection", 576).put("merge", 4).put("edge", 2048));
        add(
                all,
                Preset.text("smolvlm-500m", "SmolVLM-500M", LLAMA, 32, 960, 2560, 15, 5, 64, 49_280, 8192),
                Preset.tower("smolvlm-500m-mmproj", "its tower", tower, 12, 768, 3072, 12, 512)
                        .put("patch", 16).put("projection", 960).put("merge", 4).put("edge", 2048));
        add(
                all,
                Preset.text("smolvlm-2.2b", "SmolVLM2-2.2B", LLAMA, 24, 2048, 8192, 32, 32, 64, 49_280, 8192),
                Preset.tower("smolvlm-2.2b-mmproj", "its tower", tower, 27, 1152, 4304, 16, 384)
                        .put("patch", 14).put("projection", 2048).put("merge", 3).put("edge", 1536));
    }

    private static void qwenVl(Map<String, Preset> all) {
        Set<Trait> second = EnumSet.of(Trait.PAIRS, Trait.NO_PLACES, Trait.POST_NORM);
        add(
                all,
                Preset.text("qwen2-vl-2b", "Qwen2-VL-2B", QWEN2VL, 28, 1536, 8960, 12, 2, 128, 151_936, 32_768)
                        .put("rope-base", 1_000_000).put("tied", 1),
                Preset.tower("qwen2-vl-2b-mmproj", "its tower", new TowerFile("qwen2vl_merger", second), 32, 1280, 5120, 16, 560)
                        .put("patch", 14).put("projection", 1536).put("merge", 2));
        Set<Trait> gated = EnumSet.copyOf(second);
        gated.addAll(Set.of(Trait.RMS, Trait.GATES, Trait.SILU));
        add(
                all,
                Preset.text("qwen2.5-vl-3b", "Qwen2.5-VL-3B", QWEN2VL, 36, 2048, 11_008, 16, 2, 128, 151_936, 128_000)
                        .put("rope-base", 1_000_000).put("tied", 1),
                Preset.tower("qwen2.5-vl-3b-mmproj", "its tower", new TowerFile("qwen2.5vl_merger", gated), 32, 1280, 3420, 16, 560)
                        .put("patch", 14).put("projection", 2048).put("merge", 2));
        Set<Trait> third = EnumSet.of(
                Trait.PAIRS, Trait.PATCH_BIAS, Trait.POST_NORM, Trait.FUSED, Trait.GELU, Trait.PLAIN_COLOURS);
        add(
                all,
                Preset.text("qwen3-vl-2b", "Qwen3-VL-2B", QWEN3VL, 28, 2048, 6144, 16, 8, 128, 151_936, 262_144)
                        .put("rope-base", 5_000_000).put("tied", 1),
                Preset.tower("qwen3-vl-2b-mmproj", "its tower", new TowerFile("qwen3vl_merger", third), 24, 1024, 4096, 16, 768)
                        .put("patch", 16).put("projection", 2048).put("merge", 2));
        Preset.add(
                all,
                Preset.text("qwen3-1.7b", "Qwen3-1.7B, text alone", QWEN3, 28, 2048, 6144, 16, 8, 128, 151_936, 40_960)
                        .put("rope-base", 1_000_000).put("tied", 1));
    }

    private static void gemma(Map<String, Preset> all) {
        add(
                all,
                Preset.text("gemma-3-4b", "Gemma-3-4B", GEMMA3, 34, 2560, 10_240, 8, 4, 256, 262_208, 131_072)
                        .put("rope-base", 1_000_000).put("tied", 1),
                Preset.tower("gemma-3-4b-mmproj", "its tower", new TowerFile("gemma3", SIGLIP), 27, 1152, 4304, 16, 896)
                        .put("patch", 14).put("projection", 2560).put("pool", 4));
    }

    private static void internVl(Map<String, Preset> all) {
        TowerFile tower = new TowerFile(
                "internvl", EnumSet.of(Trait.CLASS_TOKEN, Trait.PATCH_BIAS, Trait.LAYER_SCALE, Trait.GELU));
        add(
                all,
                Preset.text("internvl3-1b", "InternVL3-1B", QWEN2, 24, 896, 4864, 14, 2, 64, 151_674, 32_768)
                        .put("rope-base", 1_000_000),
                Preset.tower("internvl3-1b-mmproj", "its tower", tower, 24, 1024, 4096, 16, 448)
                        .put("patch", 14).put("projection", 896).put("merge", 2));
    }

    private static void lfm2Vl(Map<String, Preset> all) {
        TowerFile tower = new TowerFile("lfm2", SIGLIP);
        add(
                all,
                Preset.text("lfm2-vl-450m", "LFM2-VL-450M", LFM2, 16, 1024, 4608, 16, 8, 64, 65_536, 128_000)
                        .put("rope-base", 1_000_000).put("tied", 1),
                Preset.tower("lfm2-vl-450m-mmproj", "its tower", tower, 12, 768, 3072, 12, 256)
                        .put("patch", 16).put("projection", 1024).put("merge", 2).put("hidden", 2560));
    }

    private static void moondream(Map<String, Preset> all) {
        add(
                all,
                Preset.text("moondream2", "Moondream2", PHI2, 24, 2048, 8192, 32, 32, 64, 51_200, 2048),
                Preset.tower("moondream2-mmproj", "its tower", new TowerFile("mlp", SIGLIP), 28, 1152, 4304, 16, 378)
                        .put("patch", 14).put("projection", 2048).put("hidden", 8192));
    }

    private static void miniCpm(Map<String, Preset> all) {
        add(
                all,
                Preset.text("minicpm-v-2.6", "MiniCPM-V-2.6", QWEN2, 28, 3584, 18_944, 28, 4, 128, 151_666, 32_768)
                        .put("rope-base", 1_000_000),
                Preset.tower("minicpm-v-2.6-mmproj", "its tower", new TowerFile("resampler", SIGLIP), 27, 1152, 4304, 16, 448)
                        .put("patch", 14).put("projection", 3584).put("places", 4900).put("queries", 64));
    }

    private static void pixtral(Map<String, Preset> all) {
        add(
                all,
                Preset.text("pixtral-12b", "Pixtral-12B", LLAMA, 40, 5120, 14_336, 32, 8, 128, 131_072, 131_072)
                        .put("rope-base", 1_000_000),
                Preset.tower("pixtral-12b-mmproj", "its tower", new TowerFile("pixtral", PIXTRAL), 24, 1024, 4096, 16, 1024)
                        .put("patch", 16).put("projection", 5120).put("merge", 1));
        add(
                all,
                Preset.text("lightonocr-1b", "LightOnOCR-1B", QWEN3, 28, 1024, 3072, 16, 8, 128, 151_936, 40_960)
                        .put("rope-base", 1_000_000).put("tied", 1),
                Preset.tower("lightonocr-1b-mmproj", "its tower", new TowerFile("lightonocr", PIXTRAL), 24, 1024, 4096, 16, 1540)
                        .put("patch", 14).put("projection", 1024).put("merge", 2));
    }
}
