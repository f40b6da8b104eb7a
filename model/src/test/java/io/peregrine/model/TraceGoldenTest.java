package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The whole path from prompt text and picture files to tokens, against independent implementations.
class TraceGoldenTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llava15",
                "text_llama_spm",
                "text_llama_bpe",
                "text_llama_bpe3",
                "text_llama_f16",
                "text_llama_bf16",
                "text_llama_q8_0",
                "text_llama_q4_0",
                "text_llama_q4_k_m",
                "text_llama_q5_k_m"
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
        if (!images.isEmpty()) {
            options = options.withMmproj(fixture.path(golden.path("mmproj").asText("mmproj.gguf")));
        }
        Path file = fixture.path(golden.path("model").asText("model.gguf"));
        int steps = golden.get("generated").size();
        TraceResult trace;
        try (Model model = Model.load(file, options)) {
            trace = model.trace(Prompt.raw(golden.get("prompt").textValue(), images), steps, true);
        }
        checkLayout(what, golden.has("layout") ? golden.get("layout") : golden.get("chunks"), trace);
        checkImages(what, fixture, golden, trace.imageBlocks());
        Fixture.assertClose(
                what + " logits",
                fixture.floats(golden.get("logits").textValue()),
                trace.logits().values(),
                golden.get("tolerance").get("logits_max_abs").doubleValue());
        assertEquals(ints(golden.get("generated")), trace.generated(), what + " generated");
        assertEquals(
                (golden.has("n_pos") ? golden.get("n_pos") : golden.get("n_positions")).intValue(), trace.position());
    }

    private static void checkLayout(String what, JsonNode golden, TraceResult trace) {
        assertEquals(golden.size(), trace.layout().size(), what + " layout");
        for (int i = 0; i < golden.size(); i++) {
            switch (trace.layout().get(i)) {
                case TraceResult.Tokens tokens ->
                    assertEquals(ints(golden.get(i).get("tokens")), tokens.ids(), what + " part " + i);
                case TraceResult.ImageBlock image ->
                    assertEquals(
                            golden.get(i).get("n_tokens").intValue(),
                            image.embedding().rows());
            }
        }
    }

    private static void checkImages(
            String what, Fixture fixture, JsonNode golden, List<TraceResult.ImageBlock> blocks) {
        for (int i = 0; i < blocks.size(); i++) {
            TraceResult.ImageBlock block = blocks.get(i);
            Pixels view = block.views().getFirst();
            compare(what, fixture, golden, "views", "view_max_abs", view.values());
            compare(
                    what,
                    fixture,
                    golden,
                    "tower",
                    "tower_max_abs",
                    block.tower().values());
            compare(
                    what,
                    fixture,
                    golden,
                    "embeddings",
                    "embedding_max_abs",
                    block.embedding().values());
        }
    }

    private static void compare(
            String what, Fixture fixture, JsonNode golden, String key, String tolerance, float[] found) {
        Fixture.assertClose(
                what + " " + key,
                fixture.floats(golden.get(key).get(0).get("file").textValue()),
                found,
                golden.get("tolerance").get(tolerance).doubleValue());
    }

    private static List<Integer> ints(JsonNode array) {
        List<Integer> values = new ArrayList<>();
        array.forEach(value -> values.add(value.intValue()));
        return values;
    }
}
