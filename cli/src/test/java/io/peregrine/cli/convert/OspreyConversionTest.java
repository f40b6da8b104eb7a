package io.peregrine.cli.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Osprey as its authors publish it, written from the toy model of the fixtures: with its tower, and with that in
/// open_clip's file.
class OspreyConversionTest {

    private final ToyModel text = ToyModel.of("osprey", "model.gguf");
    private final ToyModel vision = ToyModel.of("osprey", "mmproj.gguf");

    @TempDir
    private Path folder;

    private Map<String, Toy> tower(String prefix) {
        Map<String, Toy> tensors = new LinkedHashMap<>();
        String trunk = prefix + "visual.trunk.";
        vision.move(tensors, "v.patch_embd", trunk + "stem.0");
        vision.move(tensors, "v.patch_ln", trunk + "stem.1");
        int[] depths = Objects.requireNonNull(vision.metadata().ints("clip.vision.stage.block_count"));
        for (int stage = 0; stage < depths.length; stage++) {
            String from = "v.stage." + stage + ".";
            String to = trunk + "stages." + stage + ".";
            if (stage > 0) {
                vision.move(tensors, from + "down.ln", to + "downsample.0");
                vision.move(tensors, from + "down.conv", to + "downsample.1");
            }
            for (int i = 0; i < depths[stage]; i++) {
                vision.move(tensors, from + "blk." + i + ".dw", to + "blocks." + i + ".conv_dw");
                vision.move(tensors, from + "blk." + i + ".ln", to + "blocks." + i + ".norm");
                vision.move(tensors, from + "blk." + i + ".pw1", to + "blocks." + i + ".mlp.fc1");
                vision.move(tensors, from + "blk." + i + ".pw2", to + "blocks." + i + ".mlp.fc2");
                tensors.put(to + "blocks." + i + ".gamma", vision.get(from + "blk." + i + ".ls.weight"));
            }
        }
        // Not run: what leads to the common space of pictures and texts, and the text tower.
        tensors.put(trunk + "head.norm.weight", Toy.random(1, 64));
        tensors.put(prefix + "visual.head.mlp.fc1.weight", Toy.random(2, 4, 4));
        tensors.put(prefix + "transformer.resblocks.0.ln_1.weight", Toy.random(3, 4));
        tensors.put(prefix + "positional_embedding", Toy.random(4, 4, 4));
        return tensors;
    }

    private Path model(Map<String, Toy> more, String outer) throws Exception {
        Path model = Files.createDirectories(folder.resolve("toy-osprey"));
        Files.writeString(
                model.resolve("config.json"),
                ToyLlama.config(text.metadata()).put("model_type", "osprey").toString());
        SentencePieceBytes.write(model.resolve("tokenizer.model"), text.metadata(), 2);
        Files.writeString(model.resolve("added_tokens.json"), "{\"<mask>\": 512, \"<pos>\": 513}");
        Map<String, Toy> tensors = ToyLlama.tensors(text.tensors(), text.metadata(), "model.", "lm_head.weight");
        vision.move(tensors, "mm.0", "model.mm_projector.0");
        vision.move(tensors, "mm.2", "model.mm_projector.2");
        String extractor = outer + "mask_extractor.";
        vision.move(tensors, "mm.region.feat", extractor + "feat_linear");
        for (int level = 0; level < 4; level++) {
            vision.move(tensors, "mm.region.level." + level, extractor + "res" + (level + 2));
        }
        for (int layer = 0; layer < 3; layer++) {
            vision.move(tensors, "mm.region.pos." + layer, extractor + "mask_linear.layers." + layer);
        }
        tensors.putAll(more);
        ToyFiles.writePickle(model.resolve("pytorch_model.bin"), tensors);
        return model;
    }

    private void assertConverted(Path model, String... more) throws Exception {
        Path out = folder.resolve("out.gguf");
        Path mm = folder.resolve("mm.gguf");
        String[] arguments = new String[6 + more.length];
        System.arraycopy(
                new String[] {"--from", model.toString(), "--mmproj-out", mm.toString(), "--image-size", "128"},
                0,
                arguments,
                0,
                6);
        System.arraycopy(more, 0, arguments, 6, more.length);
        assertEquals(
                "note: " + model.resolve("tokenizer.model")
                        + ": 2 added tokens have no row in the token table and are left out\n",
                ToyModel.convert(out, arguments));
        Converted.assertSame(text.path(), out, Set.of());
        Converted.assertSame(vision.path(), mm, Set.of());
        Converted.assertTraces("osprey", out, mm, "mmproj.gguf");
    }

    @Test
    void towerInside() throws Exception {
        assertConverted(model(tower("model.vision_tower.vision_tower."), "model."));
    }

    @Test
    void towerOfOpenClip() throws Exception {
        Path file = folder.resolve("open_clip_pytorch_model.bin");
        ToyFiles.writePickle(file, tower(""));
        assertConverted(model(Map.of(), ""), "--vision-tower", file.toString());
    }
}
