package io.peregrine.cli.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// LLaVA in the layouts in which it is published, from the toy model of the fixtures.
class LlavaConversionTest {

    private final ToyModel text = ToyModel.of("llava15", "model.gguf");
    private final ToyModel vision = ToyModel.of("llava15", "mmproj.gguf");

    @TempDir
    private Path folder;

    private Path model(ObjectNode config) throws Exception {
        Path model = Files.createDirectories(folder.resolve("toy-llava"));
        Files.writeString(model.resolve("config.json"), config.toString());
        SentencePieceBytes.write(model.resolve("tokenizer.model"), text.metadata(), 2);
        return model;
    }

    private void assertConverted(String... arguments) throws Exception {
        Path out = folder.resolve("out.gguf");
        Path mm = folder.resolve("mm.gguf");
        Commands.Result run = Commands.run(Stream.concat(
                        Stream.of("convert", "-o", out.toString(), "--mmproj-out", mm.toString(), "--type", "f32"),
                        Arrays.stream(arguments))
                .toArray(String[]::new));
        assertEquals("", run.err());
        assertEquals(out + ": 21 tensors, F32, 547 kB\n" + mm + ": 57 tensors, F32, 595 kB\n", run.out());
        Converted.assertSame(text.path(), out, Set.of());
        Converted.assertSame(vision.path(), mm, Set.of());
        Converted.assertTraces("llava15", out, mm, "mmproj.gguf");
    }

    /// Weights in two pickles with an index, the tower in a folder of its own, a whole CLIP.
    @Test
    void original_withTheTowerApart() throws Exception {
        ObjectNode config = ToyLlama.config(text.metadata());
        config.put("model_type", "llava")
                .put("mm_vision_tower", "openai/clip-vit-large-patch14-336")
                .put("mm_vision_select_layer", -2)
                .put("mm_vision_select_feature", "patch")
                .put("mm_projector_type", "mlp2x_gelu")
                .put("image_aspect_ratio", "pad");
        Path model = model(config);
        Map<String, Toy> tensors = ToyLlama.tensors(text.tensors(), text.metadata(), "model.", "lm_head.weight");
        Map<String, Toy> second = new LinkedHashMap<>();
        vision.move(second, "mm.0", "model.mm_projector.0");
        vision.move(second, "mm.2", "model.mm_projector.2");
        ToyFiles.writePickle(model.resolve("pytorch_model-00001-of-00002.bin"), tensors);
        ToyFiles.writePickle(model.resolve("pytorch_model-00002-of-00002.bin"), second);
        ObjectNode index = new ObjectMapper().createObjectNode();
        ObjectNode map = index.putObject("weight_map");
        tensors.keySet().forEach(name -> map.put(name, "pytorch_model-00001-of-00002.bin"));
        second.keySet().forEach(name -> map.put(name, "pytorch_model-00002-of-00002.bin"));
        Files.writeString(model.resolve("pytorch_model.bin.index.json"), index.toString());

        Path clip = Files.createDirectories(folder.resolve("clip"));
        ObjectNode clipConfig = new ObjectMapper().createObjectNode().put("model_type", "clip");
        clipConfig.set("vision_config", ToyClipTower.config(vision.metadata(), 4));
        Files.writeString(clip.resolve("config.json"), clipConfig.toString());
        Map<String, Toy> tower = ToyClipTower.tensors(vision.tensors(), "", 4);
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
        config.set("text_config", ToyLlama.config(text.metadata()));
        config.set("vision_config", ToyClipTower.config(vision.metadata(), 4));
        Path model = model(config);
        Map<String, Toy> tensors = ToyLlama.tensors(text.tensors(), text.metadata(), prefix, head);
        tensors.putAll(ToyClipTower.tensors(vision.tensors(), outer + "vision_tower.", 4));
        vision.move(tensors, "mm.0", outer + "multi_modal_projector.linear_1");
        vision.move(tensors, "mm.2", outer + "multi_modal_projector.linear_2");
        ToyFiles.writeSharded(model, tensors, 3);
        assertConverted("--from", model.toString());
    }

    /// Tiles: the original with its own tower, whose configuration is given, and what `transformers` makes of it.
    @Test
    void tiles_original() throws Exception {
        ToyModel tiledText = ToyModel.of("llava16_anyres", "model.gguf");
        ToyModel tiled = ToyModel.of("llava16_anyres", "mmproj.gguf");
        ObjectNode config = ToyLlama.config(tiledText.metadata());
        config.put("model_type", "llava_mistral")
                .put("mm_vision_select_layer", -2)
                .put("mm_projector_type", "mlp2x_gelu")
                .put("mm_patch_merge_type", "spatial_unpad")
                .put("image_crop_resolution", 56)
                .put("image_aspect_ratio", "anyres");
        pinpoints(config, tiled);
        Map<String, Toy> tensors =
                ToyLlama.tensors(tiledText.tensors(), tiledText.metadata(), "model.", "lm_head.weight");
        tensors.putAll(ToyClipTower.tensors(tiled.tensors(), "model.vision_tower.vision_tower.", 4));
        tiled.move(tensors, "mm.0", "model.mm_projector.0");
        tiled.move(tensors, "mm.2", "model.mm_projector.2");
        tensors.put("model.image_newline", tiled.get("model.image_newline"));
        Path model = model(config);
        SentencePieceBytes.write(model.resolve("tokenizer.model"), tiledText.metadata(), 2);
        ToyFiles.writeSharded(model, tensors, 2);
        Path clip = Files.createDirectories(folder.resolve("clip"));
        Files.writeString(
                clip.resolve("config.json"),
                ToyClipTower.config(tiled.metadata(), 4).toString());
        assertTiles("llava16_anyres", tiledText, tiled, Map.of(), model, "--vision-tower", clip.toString());
    }

    @Test
    void tiles_transformers() throws Exception {
        ToyModel tiledText = ToyModel.of("llava15hd", "model.gguf");
        ToyModel tiled = ToyModel.of("llava15hd", "mmproj.gguf");
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("model_type", "llava_next").put("vision_feature_layer", -2);
        config.set("text_config", ToyLlama.config(tiledText.metadata()));
        config.set("vision_config", ToyClipTower.config(tiled.metadata(), 4));
        pinpoints(config, tiled);
        Map<String, Toy> tensors = ToyLlama.tensors(
                tiledText.tensors(), tiledText.metadata(), "language_model.model.", "language_model.lm_head.weight");
        tensors.putAll(ToyClipTower.tensors(tiled.tensors(), "vision_tower.", 4));
        tiled.move(tensors, "mm.0", "multi_modal_projector.linear_1");
        tiled.move(tensors, "mm.2", "multi_modal_projector.linear_2");
        tensors.put("image_newline", tiled.get("v.image_newline"));
        Path model = model(config);
        SentencePieceBytes.write(model.resolve("tokenizer.model"), tiledText.metadata(), 2);
        ToyFiles.writeSharded(model, tensors, 2);
        assertTiles("llava15hd", tiledText, tiled, Map.of("v.image_newline", "model.image_newline"), model);
    }

    private static void pinpoints(ObjectNode config, ToyModel tiled) {
        int[] flat = Objects.requireNonNull(tiled.metadata().ints("clip.vision.image_grid_pinpoints"));
        for (int i = 0; i < flat.length; i += 2) {
            config.withArray("image_grid_pinpoints").addArray().add(flat[i]).add(flat[i + 1]);
        }
    }

    /// @param renamed tensors that have another name in the fixture
    private void assertTiles(
            String fixture, ToyModel tiledText, ToyModel tiled, Map<String, String> renamed, Path model, String... more)
            throws Exception {
        Path out = folder.resolve("out.gguf");
        Path mm = folder.resolve("mm.gguf");
        String notes = ToyModel.convert(
                out,
                Stream.concat(Stream.of("--from", model.toString(), "--mmproj-out", mm.toString()), Stream.of(more))
                        .toArray(String[]::new));
        assertEquals("", notes);
        Converted.assertSame(tiledText.path(), out, Set.of());
        Converted.assertSame(tiled.path(), mm, Set.of(), renamed);
        Converted.assertTraces(fixture, out, mm, "mmproj.gguf");
    }
}
