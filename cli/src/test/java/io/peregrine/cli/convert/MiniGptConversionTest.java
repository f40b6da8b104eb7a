package io.peregrine.cli.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.gguf.GgufFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// MiniGPT-4 and MiniGPT-v2 from the files that they are published in, written from the toy models of the fixtures.
class MiniGptConversionTest {

    @TempDir
    private Path folder;

    private Path decoder(ToyModel text, Map<String, Toy> tensors) throws Exception {
        Path decoder = Files.createDirectories(folder.resolve("vicuna"));
        Files.writeString(
                decoder.resolve("config.json"), ToyLlama.config(text.metadata()).toString());
        SentencePieceBytes.write(decoder.resolve("tokenizer.model"), text.metadata(), 2);
        ToyFiles.writeSharded(decoder, tensors, 2);
        return decoder;
    }

    private static Map<String, Toy> eva(ToyModel vision) {
        Map<String, Toy> eva = new LinkedHashMap<>();
        int dim = vision.get("v.class_embd").rows();
        eva.put("cls_token", vision.get("v.class_embd").seenAs(1, 1, dim));
        Toy positions = vision.get("v.position_embd.weight");
        eva.put("pos_embed", positions.seenAs(1, positions.rows(), dim));
        vision.move(eva, "v.patch_embd", "patch_embed.proj");
        for (int i = 0; i < vision.integer("clip.vision.block_count"); i++) {
            String from = "v.blk." + i + ".";
            String to = "blocks." + i + ".";
            eva.put(to + "attn.qkv.weight", vision.get(from + "attn_qkv.weight"));
            Toy bias = vision.get(from + "attn_qkv.bias");
            eva.put(to + "attn.q_bias", bias.part(0, dim));
            eva.put(to + "attn.v_bias", bias.part(2 * dim, dim));
            assertArrayEquals(new float[dim], bias.part(dim, dim).values());
            vision.move(eva, from + "attn_out", to + "attn.proj");
            vision.move(eva, from + "ln1", to + "norm1");
            vision.move(eva, from + "ln2", to + "norm2");
            vision.move(eva, from + "ffn_up", to + "mlp.fc1");
            vision.move(eva, from + "ffn_down", to + "mlp.fc2");
        }
        // Not run: what the classifier needs.
        eva.put("fc_norm.weight", Toy.random(1, dim));
        eva.put("head.weight", Toy.random(2, 5, dim));
        return eva;
    }

    private static Map<String, Toy> qformer(ToyModel vision) {
        Map<String, Toy> blip = new LinkedHashMap<>();
        Toy queries = vision.get("v.proj_query");
        blip.put("query_tokens", queries.seenAs(1, queries.rows(), queries.width()));
        vision.move(blip, "v.post_ln", "ln_vision");
        vision.move(blip, "v.proj_norm", "Qformer.bert.embeddings.LayerNorm");
        for (int i = 0; vision.tensors().containsKey("v.proj_blk." + i + ".ffn_up.weight"); i++) {
            String from = "v.proj_blk." + i + ".";
            String to = "Qformer.bert.encoder.layer." + i + ".";
            for (String kind : new String[] {"self", "cross"}) {
                if (vision.tensors().containsKey(from + kind + "_attn_q.weight")) {
                    String attention = to + (kind.equals("self") ? "attention." : "crossattention.");
                    vision.move(blip, from + kind + "_attn_q", attention + "self.query");
                    vision.move(blip, from + kind + "_attn_k", attention + "self.key");
                    vision.move(blip, from + kind + "_attn_v", attention + "self.value");
                    vision.move(blip, from + kind + "_attn_out", attention + "output.dense");
                    vision.move(blip, from + kind + "_attn_norm", attention + "output.LayerNorm");
                }
            }
            vision.move(blip, from + "ffn_up", to + "intermediate_query.dense");
            vision.move(blip, from + "ffn_down", to + "output_query.dense");
            vision.move(blip, from + "ffn_norm", to + "output_query.LayerNorm");
            // Not run: the feed-forward part for texts.
            blip.put(to + "intermediate.dense.weight", Toy.random(i, 3, 3));
            blip.put(to + "output.LayerNorm.bias", Toy.random(i, 3));
        }
        blip.put("Qformer.cls.predictions.bias", Toy.random(8, 4));
        blip.put("t5_proj.weight", Toy.random(9, 4, 4));
        return blip;
    }

    @Test
    void miniGpt4() throws Exception {
        ToyModel text = ToyModel.of("minigpt4", "model.gguf");
        ToyModel vision = ToyModel.of("minigpt4", "mmproj.gguf");
        Path decoder = decoder(text, ToyLlama.tensors(text.tensors(), text.metadata(), "model.", "lm_head.weight"));
        ToyFiles.writePickle(folder.resolve("eva_vit_g.pth"), eva(vision));
        ToyFiles.writePickleUnder("model", folder.resolve("blip2.pth"), qformer(vision));
        Map<String, Toy> projector = new LinkedHashMap<>();
        vision.move(projector, "v.proj_linear", "llama_proj");
        ToyFiles.writePickleUnder("model", folder.resolve("minigpt4.pth"), projector);

        Path out = folder.resolve("out.gguf");
        Path mm = folder.resolve("mm.gguf");
        String notes = ToyModel.convert(
                out,
                "--from",
                decoder.toString(),
                "--vision",
                folder.resolve("eva_vit_g.pth").toString(),
                "--qformer",
                folder.resolve("blip2.pth").toString(),
                "--projector",
                folder.resolve("minigpt4.pth").toString(),
                "--mmproj-out",
                mm.toString(),
                "--image-size",
                "56",
                "--set",
                "clip.vision.attention.head_count=4",
                "--set",
                "clip.vision.projector.head_count=3");
        assertEquals("", notes);
        Converted.assertSame(text.path(), out, Set.of());
        Converted.assertSame(vision.path(), mm, Set.of());
        Converted.assertTraces("minigpt4", out, mm, "mmproj.gguf");
    }

    /// The matrices of the fixture are the sum of what the decoder's files hold and of what the adapters add.
    @Test
    void miniGptV2_mergesAdapters() throws Exception {
        ToyModel text = ToyModel.of("minigpt_v2", "model.gguf");
        ToyModel vision = ToyModel.of("minigpt_v2", "mmproj.gguf");
        Map<String, Toy> tensors = ToyLlama.tensors(text.tensors(), text.metadata(), "model.", "lm_head.weight");
        Map<String, Toy> trained = new LinkedHashMap<>();
        vision.move(trained, "mm.0", "llama_proj");
        vision.move(trained, "v.post_ln", "ln_vision");
        int rank = 4;
        float scale = 16f / rank;
        for (int i = 0; i < text.integer("llama.block_count"); i++) {
            for (String part : new String[] {"q_proj", "v_proj"}) {
                String name = "layers." + i + ".self_attn." + part;
                Toy merged = tensors.get("model." + name + ".weight");
                Toy down = Toy.random(100 + i, rank, merged.width());
                Toy up = Toy.random(200 + i, merged.rows(), rank);
                float[] before = merged.values().clone();
                for (int row = 0; row < merged.rows(); row++) {
                    for (int column = 0; column < merged.width(); column++) {
                        double sum = 0;
                        for (int k = 0; k < rank; k++) {
                            sum += (double) up.values()[row * rank + k] * down.values()[k * merged.width() + column];
                        }
                        before[row * merged.width() + column] -= (float) (scale * sum);
                    }
                }
                tensors.put("model." + name + ".weight", new Toy(merged.shape(), before));
                String adapter = "llama_model.base_model.model.model." + name;
                String middle = i == 0 ? ".default" : "";
                trained.put(adapter + ".lora_A" + middle + ".weight", down);
                trained.put(adapter + ".lora_B" + middle + ".weight", up);
            }
        }
        Path decoder = decoder(text, tensors);
        ToyFiles.writePickle(folder.resolve("eva_vit_g.pth"), eva(vision));
        ToyFiles.writePickleUnder("model", folder.resolve("v2.pth"), trained);

        Path out = folder.resolve("out.gguf");
        Path mm = folder.resolve("mm.gguf");
        String notes = ToyModel.convert(
                out,
                "--from",
                decoder.toString(),
                "--vision",
                folder.resolve("eva_vit_g.pth").toString(),
                "--projector",
                folder.resolve("v2.pth").toString(),
                "--mmproj-out",
                mm.toString(),
                "--image-size",
                "56",
                "--set",
                "clip.vision.attention.head_count=4");
        assertEquals("note: 4 adapters merged with alpha 16.0\n", notes);
        Converted.assertSame(vision.path(), mm, Set.of());
        Converted.assertTraces("minigpt_v2", out, mm, "mmproj.gguf");
        try (GgufFile converted = GgufFile.open(out)) {
            Map<String, Toy> found = Toy.read(converted);
            assertEquals(text.tensors().keySet(), Set.copyOf(found.keySet()));
            text.tensors()
                    .forEach((name, toy) ->
                            assertArrayEquals(toy.values(), found.get(name).values(), 1e-4f, name));
        }
    }

    @Test
    void miniGptV2_withoutItsNorm_saysSo() throws Exception {
        ToyModel text = ToyModel.of("minigpt_v2", "model.gguf");
        ToyModel vision = ToyModel.of("minigpt_v2", "mmproj.gguf");
        Path decoder = decoder(text, ToyLlama.tensors(text.tensors(), text.metadata(), "model.", "lm_head.weight"));
        ToyFiles.writePickle(folder.resolve("eva_vit_g.pth"), eva(vision));
        Map<String, Toy> trained = new LinkedHashMap<>();
        vision.move(trained, "mm.0", "llama_proj");
        ToyFiles.writePickle(folder.resolve("v2.pth"), trained);
        String notes = ToyModel.convert(
                folder.resolve("out.gguf"),
                "--from",
                decoder.toString(),
                "--vision",
                folder.resolve("eva_vit_g.pth").toString(),
                "--projector",
                folder.resolve("v2.pth").toString(),
                "--mmproj-out",
                folder.resolve("mm.gguf").toString(),
                "--image-size",
                "28",
                "--set",
                "clip.vision.attention.head_count=4");
        assertTrue(notes.startsWith("note: no file holds ln_vision: it has the weight 1 and the bias 0"), notes);
        try (GgufFile converted = GgufFile.open(folder.resolve("mm.gguf"))) {
            Map<String, Toy> found = Toy.read(converted);
            assertEquals(1, found.get("v.post_ln.weight").values()[3]);
            // A grid of 8 became one of 4; the class token's row stays.
            assertEquals(17, found.get("v.position_embd.weight").rows());
            assertArrayEquals(
                    vision.get("v.position_embd.weight").row(0),
                    found.get("v.position_embd.weight").row(0));
        }
    }
}
