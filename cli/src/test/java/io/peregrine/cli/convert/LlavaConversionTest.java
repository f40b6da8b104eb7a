package io.peregrine.cli.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.Commands;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.Metadata;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// LLaVA in the layouts in which it is published, from the toy model of the fixtures.
class LlavaConversionTest {

    private static final Path FIXTURE = Toy.FIXTURES.resolve("llava15");

    @TempDir
    private Path folder;

    private Map<String, Toy> text(String prefix, String head) {
        try (GgufFile file = GgufFile.open(FIXTURE.resolve("model.gguf"))) {
            return ToyLlama.tensors(Toy.read(file), file.metadata(), prefix, head);
        }
    }

    private static Map<String, Toy> gguf(String name) {
        try (GgufFile file = GgufFile.open(FIXTURE.resolve(name))) {
            return Toy.read(file);
        }
    }

    private static Metadata metadata(String name) {
        try (GgufFile file = GgufFile.open(FIXTURE.resolve(name))) {
            return file.metadata();
        }
    }

    private Path model(ObjectNode config) throws Exception {
        Path model = Files.createDirectories(folder.resolve("toy-llava"));
        Files.writeString(model.resolve("config.json"), config.toString());
        SentencePieceBytes.write(model.resolve("tokenizer.model"), metadata("model.gguf"), 2);
        return model;
    }

    private void assertConverted(String... arguments) throws Exception {
        Path out = folder.resolve("out.gguf");
        Path vision = folder.resolve("mm.gguf");
        Commands.Result run = Commands.run(Stream.concat(
                        Stream.of(
                                "convert", "-o", out.toString(), "--mmproj-out", vision.toString(), "--type", "f32"),
                        Arrays.stream(arguments))
                .toArray(String[]::new));
        assertEquals("", run.err());
        assertEquals(
                out + ": 21 tensors, F32, 547 kB\n" + vision + ": 57 tensors, F32, 595 kB\n", run.out());
        Converted.assertSame(FIXTURE.resolve("model.gguf"), out, Set.of());
        Converted.assertSame(FIXTURE.resolve("mmproj.gguf"), vision, Set.of());
        Converted.assertTraces("llava15", out, vision, "mmproj.gguf");
    }

    /// Weights in two pickles with an index, the tower in a folder of its own, a whole CLIP.
    @Test
    void original_withTheTowerApart() throws Exception {
        ObjectNode config = ToyLlama.config(metadata("model.gguf"));
        config.put("model_type", "llava")
                .put("mm_vision_tower", "openai/clip-vit-large-patch14-336")
                .put("mm_vision_select_layer", -2)
                .put("mm_vision_select_feature", "patch")
                .put("mm_projector_type", "mlp2x_gelu")
                .put("image_aspect_ratio", "pad");
        Path model = model(config);
        Map<String, Toy> tensors = text("model.", "lm_head.weight");
        Map<String, Toy> vision = gguf("mmproj.gguf");
        Map<String, Toy> second = new LinkedHashMap<>();
        for (String part : List.of("0.weight", "0.bias", "2.weight", "2.bias")) {
            second.put("model.mm_projector." + part, vision.get("mm." + part));
        }
        ToyFiles.writePickle(model.resolve("pytorch_model-00001-of-00002.bin"), tensors);
        ToyFiles.writePickle(model.resolve("pytorch_model-00002-of-00002.bin"), second);
        ObjectNode index = new ObjectMapper().createObjectNode();
        ObjectNode map = index.putObject("weight_map");
        tensors.keySet().forEach(name -> map.put(name, "pytorch_model-00001-of-00002.bin"));
        second.keySet().forEach(name -> map.put(name, "pytorch_model-00002-of-00002.bin"));
        Files.writeString(model.resolve("pytorch_model.bin.index.json"), index.toString());

        Path clip = Files.createDirectories(folder.resolve("clip"));
        ObjectNode clipConfig = new ObjectMapper().createObjectNode().put("model_type", "clip");
        clipConfig.set("vision_config", ToyClipTower.config(metadata("mmproj.gguf"), 4));
        Files.writeString(clip.resolve("config.json"), clipConfig.toString());
        Map<String, Toy> tower = ToyClipTower.tensors(vision, "", 4);
        tower.put("text_model.final_layer_norm.weight", Toy.random(5, 8));
        tower.put("visual_projection.weight", Toy.random(6, 8, 8));
        tower.put("logit_scale", new Toy(new long[0], new float[] {4.6f}));
        ToyFiles.writeSafetensors(clip.resolve("model.safetensors"), tower);

        assertConverted("--from", model.toString(), "--vision-tower", clip.toString());
    }

    @Test
    void transformers() throws Exception {
        transformers("language_model.model.", "language_model.lm_head.weight", "");
    }

    @Test
    void transformers_sinceVersion452() throws Exception {
        transformers("model.language_model.", "lm_head.weight", "model.");
    }

    private void transformers(String prefix, String head, String outer) throws Exception {
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("model_type", "llava")
                .put("projector_hidden_act", "gelu")
                .put("vision_feature_layer", -2)
                .put("vision_feature_select_strategy", "default");
        config.putArray("architectures").add("LlavaForConditionalGeneration");
        config.set("text_config", ToyLlama.config(metadata("model.gguf")));
        config.set("vision_config", ToyClipTower.config(metadata("mmproj.gguf"), 4));
        Path model = model(config);
        Map<String, Toy> vision = gguf("mmproj.gguf");
        Map<String, Toy> tensors = text(prefix, head);
        tensors.putAll(ToyClipTower.tensors(vision, outer + "vision_tower.", 4));
        for (String part : List.of("weight", "bias")) {
            tensors.put(outer + "multi_modal_projector.linear_1." + part, vision.get("mm.0." + part));
            tensors.put(outer + "multi_modal_projector.linear_2." + part, vision.get("mm.2." + part));
        }
        ToyFiles.writeSharded(model, tensors, 3);
        assertConverted("--from", model.toString());
    }
}
