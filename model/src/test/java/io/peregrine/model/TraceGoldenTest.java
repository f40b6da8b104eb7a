package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Rows;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The whole path from prompt text and picture files to tokens, against independent implementations. To add a
/// system: its folder in `fixtures`, and the folder's name in the list.
///
/// What the projector sees of each view is in the trace; other results of the tower that `expected.json` names must be
/// told by the encoder to [io.peregrine.model.block.Trace] under that name behind `v.`, such as `v.qformer`.
class TraceGoldenTest {

    /// Names of what the projector sees.
    private static final Set<String> PROJECTED = Set.of("feature", "tower");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fuyu",
                "llava15",
                "minigpt4",
                "minigpt_v2",
                "llava15hd",
                "llava16_anyres",
                "qwen_vl",
                "vlm_qwen2vl",
                "vlm_qwen25vl",
                "osprey",
                "vlm_idefics3",
                "vlm_idefics3_single",
                "vlm_pixtral",
                "vlm_pixtral_merge",
                "vlm_qwen3vl",
                "vlm_lfm2",
                "vlm_lfm2_tiled",
                "vlm_internvl",
                "vlm_moondream",
                "vlm_moondream_swapped",
                "vlm_gemma3",
                "text_llama_spm",
                "text_llama_bpe",
                "text_llama_bpe3",
                "text_llama_f16",
                "text_llama_bf16",
                "text_llama_q8_0",
                "text_llama_q4_0",
                "text_llama_q4_k_m",
                "text_llama_q5_k_m",
                "vlm_minicpmv"
            })
    void everyCase(String name) {
        Fixture fixture = Fixture.of(name);
        int index = 0;
        for (JsonNode golden : fixture.cases()) {
            check(name + " case " + index++, fixture, golden);
        }
    }

    /// With rounded activations: what one token costs in accuracy, against what the reference engine shows on the same
    /// file with its own roundings. Steps count as long as the tokens before them agree.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "text_llama_f16",
                "text_llama_bf16",
                "text_llama_q8_0",
                "text_llama_q4_0",
                "text_llama_q4_k_m",
                "text_llama_q5_k_m"
            })
    void everyCase_rounded_errsLessThanTheReferenceEngine(String name, TestReporter reporter) {
        Fixture fixture = Fixture.of(name);
        double limit = fixture.expected().get("llamacpp_on_this_file_step0_max_abs").doubleValue();
        for (JsonNode golden : fixture.cases()) {
            List<Integer> ids = ints(golden.get("generated"));
            float[] expected = fixture.floats(golden.get("logits").textValue());
            TraceResult trace;
            try (Model model = Model.load(fixture.path("model.gguf"), LoadOptions.defaults().withThreads(2))) {
                trace = model.trace(Prompt.raw(golden.get("prompt").textValue()), ids.size(), false);
            }
            int vocabulary = expected.length / ids.size();
            double worst = 0;
            for (int step = 0; step < ids.size() && ids.subList(0, step).equals(trace.generated().subList(0, step)); step++) {
                for (int i = step * vocabulary; i < (step + 1) * vocabulary; i++) {
                    worst = Math.max(worst, Math.abs(expected[i] - trace.logits().values()[i]));
                }
            }
            reporter.publishEntry(name + ": largest error of a logit", worst + ", reference engine " + limit);
            assertTrue(worst <= limit, name + ": " + worst);
        }
    }

    private static void check(String what, Fixture fixture, JsonNode golden) {
        LoadOptions options = LoadOptions.defaults().withThreads(2);
        List<Image> images = new ArrayList<>();
        golden.get("images").forEach(file -> images.add(Image.read(fixture.path(file.textValue()))));
        List<Region> regions = new ArrayList<>();
        golden.path("regions").forEach(file -> regions.add(Region.read(fixture.path(file.textValue()))));
        String source = fixture.expected().path("source").asText();
        if (source.startsWith("llama.cpp")) {
            options = options.withPreprocess(Preprocess.LLAMA_CPP);
        }
        options = options.withImageTokens(0, golden.path("max_image_tokens").asInt(0));
        if (!images.isEmpty()) {
            options = options.withMmproj(fixture.path(golden.path("mmproj").asText("mmproj.gguf")));
        }
        Path file = fixture.path(golden.path("model").asText("model.gguf"));
        int steps = golden.get("generated").size();
        TraceResult trace;
        List<Map<String, Rows>> towers;
        try (Model model = Model.load(file, options)) {
            trace = model.trace(Prompt.raw(golden.get("prompt").textValue(), images, regions), steps, true);
            towers = images.stream().map(image -> intermediates(model, image)).toList();
        }
        checkLayout(what, golden.has("layout") ? golden.get("layout") : golden.get("chunks"), trace);
        checkImages(what, fixture, golden, trace, towers);
        Fixture.assertClose(
                what + " logits",
                fixture.floats(golden.get("logits").textValue()),
                trace.logits().values(),
                golden.get("tolerance").get("logits_max_abs").doubleValue());
        assertEquals(ints(golden.get("generated")), trace.generated(), what + " generated");
        if (golden.has("logits_exact")) {
            compare(
                    what + " exact logits",
                    fixture,
                    golden,
                    golden.get("logits_exact"),
                    "exact_max_abs",
                    trace.logits().values());
        }
        assertEquals(
                (golden.has("n_pos") ? golden.get("n_pos") : golden.get("n_positions")).intValue(), trace.position());
    }

    /// What the vision side computes for a picture, by the names under which it says so; of a name that is used
    /// several times, the last.
    private static Map<String, Rows> intermediates(Model model, Image image) {
        Map<String, Rows> found = new HashMap<>();
        ImageEncoder encoder = Objects.requireNonNull(model.encoder());
        Pass pass = model.newPass(SessionOptions.defaults().withExact(true), () -> false);
        pass.traceTo((name, layer, rows) -> {
            Rows copy = new Rows().shape(rows.rows(), rows.width());
            System.arraycopy(rows.data(), 0, copy.data(), 0, rows.elements());
            found.put(name, copy);
        });
        encoder.encode(pass, encoder.prepare(image));
        return found;
    }

    private static void checkLayout(String what, JsonNode golden, TraceResult trace) {
        assertEquals(golden.size(), trace.layout().size(), what + " layout");
        for (int i = 0; i < golden.size(); i++) {
            JsonNode part = golden.get(i);
            switch (trace.layout().get(i)) {
                case TraceResult.Tokens tokens ->
                    assertEquals(ints(part.get("tokens")), tokens.ids(), what + " part " + i);
                case TraceResult.RegionRows region -> {
                    assertEquals(part.get("region").intValue(), region.region(), what + " part " + i);
                    assertEquals(part.get("n_tokens").intValue(), region.embedding().rows(), what + " part " + i);
                }
                case TraceResult.ImageRows rows -> {
                    assertEquals(
                            part.get("image").intValue(), trace.imageBlocks().indexOf(rows.block()), what + " part " + i);
                    assertEquals(part.path("offset").asInt(0), rows.offset(), what + " part " + i);
                    assertEquals(part.get("n_tokens").intValue(), rows.rows(), what + " part " + i);
                    if (part.has("last_pos")) {
                        assertEquals(part.get("nx").intValue(), rows.columns(), what + " part " + i);
                        assertEquals(ints(part.get("last_pos")), rows.lastPosition(), what + " part " + i);
                        assertEquals(part.get("n_pos").intValue(), rows.positions(), what + " part " + i);
                    }
                }
            }
        }
    }

    private static void checkImages(
            String what,
            Fixture fixture,
            JsonNode golden,
            TraceResult trace,
            List<Map<String, Rows>> towers) {
        List<TraceResult.ImageBlock> blocks = trace.imageBlocks();
        if (blocks.isEmpty()) {
            return;
        }
        int[] views = new int[blocks.size()];
        for (JsonNode view : golden.get("views")) {
            int image = view.get("image").intValue();
            Pixels seen = blocks.get(image).views().get(views[image]++);
            String name = what + " image " + image + " view " + (views[image] - 1);
            assertEquals(ints(view.get("shape")), List.of(seen.height(), seen.width(), 3), name);
            if (view.has("file")) {
                compare(name, fixture, golden, view.get("file"), "view_max_abs", seen.values());
            }
        }
        for (int i = 0; i < blocks.size(); i++) {
            assertEquals(views[i], blocks.get(i).views().size(), what + " views of image " + i);
        }
        for (JsonNode tower : golden.path("tower")) {
            int image = tower.get("image").intValue();
            String name = tower.get("name").textValue();
            float[] found = PROJECTED.contains(name)
                    ? blocks.get(image)
                            .towers()
                            .get(tower.get("view").intValue())
                            .values()
                    : towers.get(image).get("v." + name).toArray();
            compare(what + " " + tower, fixture, golden, tower.get("file"), "tower_max_abs", found);
        }
        int next = 0;
        for (JsonNode embedding : golden.get("embeddings")) {
            TraceResult.Table found = embedding.has("region")
                    ? trace.regions().get(embedding.get("region").intValue()).embedding()
                    : blocks.get(embedding.path("image").asInt(next++)).embedding();
            assertEquals(ints(embedding.get("shape")), List.of(found.rows(), found.width()), what + embedding);
            compare(what + " " + embedding, fixture, golden, embedding.get("file"), "embedding_max_abs", found.values());
            if (embedding.has("exact")) {
                compare(what + embedding, fixture, golden, embedding.get("exact"), "exact_max_abs", found.values());
            }
        }
        checkGrids(what, golden.path("image_info"), blocks);
    }

    /// A canvas is cut into as many tiles as there are views behind the first; the rows of a block are those of the
    /// first view and, for each kept row of the canvas, its columns and a newline. Lines of patches are as they are.
    private static void checkGrids(String what, JsonNode infos, List<TraceResult.ImageBlock> blocks) {
        for (int i = 0; i < infos.size(); i++) {
            TraceResult.ImageBlock block = blocks.get(i);
            Pixels first = block.views().getFirst();
            int rows = block.embedding().rows();
            if (infos.get(i).has("canvas")) {
                List<Integer> canvas = ints(infos.get(i).get("canvas"));
                List<Integer> kept = ints(infos.get(i).get("kept_cols_rows"));
                int tiles = canvas.get(0) / first.width() * (canvas.get(1) / first.height());
                assertEquals(tiles, block.views().size() - 1, what + " tiles");
                assertEquals(
                        block.towers().getFirst().rows() + kept.get(1) * (kept.get(0) + 1), rows, what + " rows");
            } else {
                List<Integer> grid = ints(infos.get(i).get("cols_rows"));
                assertEquals(grid.get(0) * grid.get(1), rows, what + " rows");
            }
        }
    }

    /// @param file its name
    private static void compare(
            String what, Fixture fixture, JsonNode golden, JsonNode file, String tolerance, float[] found) {
        Fixture.assertClose(
                what,
                fixture.floats(file.textValue()),
                found,
                golden.get("tolerance").get(tolerance).doubleValue());
    }

    private static List<Integer> ints(JsonNode array) {
        List<Integer> values = new ArrayList<>();
        array.forEach(value -> values.add(value.intValue()));
        return values;
    }
}
