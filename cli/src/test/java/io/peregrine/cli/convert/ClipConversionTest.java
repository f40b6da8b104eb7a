package io.peregrine.cli.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.model.EmbeddingModel;
import io.peregrine.model.image.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// CLIP as `transformers` publishes it, written from the toy model of the fixtures.
class ClipConversionTest {

    @TempDir
    private Path folder;

    @Test
    void transformers() throws Exception {
        ToyModel clip = ToyModel.of("clip", "model.gguf");
        Path model = Files.createDirectories(folder.resolve("toy-clip"));
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("model_type", "clip").put("projection_dim", clip.integer("clip.vision.projection_dim"));
        int layers = clip.integer("clip.vision.block_count");
        config.set("vision_config", ToyClipTower.config(clip.metadata(), layers));
        config.putObject("text_config")
                .put("hidden_act", "quick_gelu")
                .put("hidden_size", clip.integer("clip.text.embedding_length"))
                .put("intermediate_size", clip.integer("clip.text.feed_forward_length"))
                .put("num_attention_heads", clip.integer("clip.text.attention.head_count"))
                .put("num_hidden_layers", clip.integer("clip.text.block_count"))
                .put("max_position_embeddings", clip.integer("clip.text.context_length"));
        Files.writeString(model.resolve("config.json"), config.toString());

        ObjectNode vocabulary = new ObjectMapper().createObjectNode();
        String[] tokens = Objects.requireNonNull(clip.metadata().strings("tokenizer.ggml.tokens"));
        for (int i = 0; i < tokens.length; i++) {
            vocabulary.put(tokens[i], i);
        }
        Files.writeString(model.resolve("vocab.json"), vocabulary.toString());
        String[] merges = Objects.requireNonNull(clip.metadata().strings("tokenizer.ggml.merges"));
        Files.writeString(model.resolve("merges.txt"), "#version: 0.2\n" + String.join("\n", merges) + "\n");

        Map<String, Toy> tensors = ToyClipTower.tensors(clip.tensors(), "", layers);
        tensors.put("visual_projection.weight", clip.get("visual_projection.weight"));
        tensors.put("text_projection.weight", clip.get("text_projection.weight"));
        tensors.put("text_model.embeddings.token_embedding.weight", clip.get("t.token_embd.weight"));
        tensors.put("text_model.embeddings.position_embedding.weight", clip.get("t.position_embd.weight"));
        tensors.put("text_model.embeddings.position_ids", Toy.random(3, 1, 24));
        clip.move(tensors, "t.post_ln", "text_model.final_layer_norm");
        for (int i = 0; i < clip.integer("clip.text.block_count"); i++) {
            ToyClipTower.block(tensors, clip.tensors(), "t.blk." + i + ".", "text_model.encoder.layers." + i + ".");
        }
        float scale = clip.metadata().number("clip.logit_scale", 0, 10);
        tensors.put("logit_scale", new Toy(new long[0], new float[] {scale}));
        ToyFiles.writeSafetensors(model.resolve("model.safetensors"), tensors);

        Path out = folder.resolve("out.gguf");
        assertEquals("", ToyModel.convert(out, "--from", model.toString()));
        Converted.assertSame(clip.path(), out, Set.of());
        assertSimilarities(out);
    }

    private static void assertSimilarities(Path converted) throws Exception {
        Path fixture = Toy.FIXTURES.resolve("clip");
        JsonNode golden = new ObjectMapper()
                .readTree(fixture.resolve("expected.json").toFile())
                .at("/cases/0");
        List<Image> images = new ArrayList<>();
        golden.get("images").forEach(image -> images.add(Image.read(fixture.resolve(image.textValue()))));
        List<String> texts = new ArrayList<>();
        golden.get("texts").forEach(text -> texts.add(text.textValue()));
        try (EmbeddingModel model = EmbeddingModel.load(converted)) {
            assertArrayEquals(
                    Converted.floats(fixture.resolve(golden.get("logits").textValue())),
                    model.compare(images, texts).logits(),
                    golden.at("/tolerance/logits_max_abs").floatValue());
        }
    }
}
