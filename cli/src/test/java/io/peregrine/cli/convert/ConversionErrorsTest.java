package io.peregrine.cli.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.Commands;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.tensor.TensorType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a conversion says when it cannot be done, what becomes of the files, and what its options do. With the text
/// model of a fixture alone.
class ConversionErrorsTest {

    private final ToyModel text = ToyModel.of("llava15", "model.gguf");
    private final ObjectNode config = ToyLlama.config(text.metadata());
    private final Map<String, Toy> tensors =
            ToyLlama.tensors(text.tensors(), text.metadata(), "model.", "lm_head.weight");

    @TempDir
    private Path folder;

    private Path model;
    private Path out;

    @BeforeEach
    void writeVocabulary() throws Exception {
        model = Files.createDirectories(folder.resolve("toy"));
        out = folder.resolve("out.gguf");
        SentencePieceBytes.write(model.resolve("tokenizer.model"), text.metadata(), 2);
    }

    private Commands.Result convert(String... more) throws Exception {
        Files.writeString(model.resolve("config.json"), config.toString());
        ToyFiles.writeSafetensors(model.resolve("model.safetensors"), tensors);
        List<String> arguments = new ArrayList<>(List.of("convert", "--from", model.toString(), "-o", out.toString()));
        arguments.addAll(Arrays.asList(more));
        return Commands.run(arguments.toArray(String[]::new));
    }

    /// @param expected the message after the path that it begins with
    private void assertFails(Path begins, String expected, String... more) throws Exception {
        Commands.Result run = convert(more);
        assertEquals("peregrine: " + begins + ": " + expected + "\n", run.err());
        assertEquals(1, run.exit());
        assertEquals("", run.out());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(model), files.toList());
        }
    }

    @Test
    void missingTensor() throws Exception {
        tensors.remove("model.layers.1.mlp.up_proj.weight");
        assertFails(
                model,
                "tensor model.layers.1.mlp.up_proj.weight: found nothing, expected a tensor of shape [112, 64]; the"
                        + " checkpoint is incomplete, or of another layout than the one that is converted");
    }

    @Test
    void tensorOfAnotherShape() throws Exception {
        tensors.put("model.norm.weight", Toy.random(1, 63));
        assertFails(
                model,
                "tensor model.norm.weight: found shape [63], expected shape [64]; do the configuration and the weights"
                        + " belong together?");
    }

    @Test
    void tensorsWithoutAPlace_mayBeLeftOut() throws Exception {
        for (int i = 0; i < 7; i++) {
            tensors.put("model.more." + i, Toy.random(1, 3, 2));
        }
        String one = " F32 [3, 2], ";
        assertFails(
                model,
                "tensors without a place: found model.more.0" + one + "model.more.1" + one + "model.more.2" + one
                        + "model.more.3" + one
                        + "model.more.4 F32 [3, 2] and 2 more, expected none; is this the system that"
                        + " it is taken for? Leave them out with --ignore PREFIX if they are of no use");
        assertEquals(0, convert("--ignore", "model.more.").exit());
    }

    @Test
    void unknownSystem() throws Exception {
        config.put("model_type", "paligemma");
        config.putArray("architectures").add("PaliGemmaForConditionalGeneration");
        String known = "is not supported; supported: clip, fuyu, llama, llava, minigpt-v2, minigpt4, osprey, qwen-vl"
                + " (--system names one)";
        assertFails(
                model.resolve("config.json"),
                "model_type \"paligemma\" with architectures [\"PaliGemmaForConditionalGeneration\"] " + known);
        assertFails(model.resolve("config.json"), "the system bert " + known, "--system", "bert");
        config.remove("architectures");
        assertFails(
                model.resolve("config.json"), "model_type \"paligemma\" with architectures (none) " + known);
        assertEquals(0, convert("--system", "llama").exit());
    }

    @Test
    void wrongConfiguration() throws Exception {
        config.put("num_attention_heads", 0);
        assertFails(
                model.resolve("config.json"),
                "key num_attention_heads: found 0, expected a whole number from 1 to 4096");
        config.put("num_attention_heads", "four");
        assertFails(
                model.resolve("config.json"),
                "key num_attention_heads: found \"four\", expected a whole number from 1 to 4096");
        config.put("num_attention_heads", 4).putObject("rope_scaling").put("type", "yarn");
        assertFails(model.resolve("config.json"), "rope scaling yarn is not supported; supported: default, linear");
    }

    @Test
    void smallerTableThanVocabulary() throws Exception {
        tensors.put("model.embed_tokens.weight", Toy.random(1, 500, 64));
        tensors.put("lm_head.weight", Toy.random(1, 500, 64));
        assertFails(
                model.resolve("tokenizer.model"),
                "vocabulary: found 512 tokens, expected at most 500, the rows of the token table; do tokenizer and"
                        + " weights belong together?");
    }

    @Test
    void largerTableThanVocabulary_isFilledUp() throws Exception {
        tensors.put("model.embed_tokens.weight", Toy.random(1, 515, 64));
        tensors.put("lm_head.weight", Toy.random(1, 515, 64));
        Files.writeString(model.resolve("added_tokens.json"), "{\"<image>\": 512}");
        Commands.Result run = convert();
        assertEquals(
                "note: " + model.resolve("tokenizer.model")
                        + ": 2 rows of the token table have no token; they are named [PAD513] to [PAD514]\n",
                run.err());
        try (GgufFile file = GgufFile.open(out)) {
            String[] tokens = file.metadata().strings("tokenizer.ggml.tokens");
            int[] types = file.metadata().ints("tokenizer.ggml.token_type");
            assertArrayEquals(new String[] {"<image>", "[PAD513]", "[PAD514]"}, Arrays.copyOfRange(tokens, 512, 515));
            assertArrayEquals(new int[] {3, 5, 5}, Arrays.copyOfRange(types, 512, 515));
        }
    }

    @Test
    void addedTokensWithoutRows_areLeftOut() throws Exception {
        Files.writeString(model.resolve("added_tokens.json"), "{\"<mask>\": 512, \"<pos>\": 513}");
        assertEquals(
                "note: " + model.resolve("tokenizer.model")
                        + ": 2 added tokens have no row in the token table and are left out\n",
                convert("--type", "f32").err());
        Converted.assertSame(text.path(), out, Set.of());
    }

    @Test
    void existingFile_isKept() throws Exception {
        Files.writeString(out, "precious");
        Commands.Result run = convert();
        assertEquals(
                "peregrine: " + out + ": exists already; give another name, or --force to replace it\n", run.err());
        assertEquals("precious", Files.readString(out));
        assertEquals(0, convert("--force").exit());
        GgufFile.open(out).close();
    }

    @Test
    void visionFile_whereThereIsNone_andTheOtherWayRound() throws Exception {
        assertFails(
                model,
                "becomes one file; leave out --mmproj-out",
                "--mmproj-out",
                folder.resolve("m.gguf").toString());
        config.put("model_type", "llava");
        assertFails(model, "has a vision part, which needs a file of its own; name it with --mmproj-out FILE");
        assertFails(
                model,
                "does not hold the weights of the vision tower; give the folder of openai/clip-vit-large-patch14-336"
                        + " with --vision-tower DIR",
                "--mmproj-out",
                folder.resolve("m.gguf").toString());
    }

    @Test
    void settings_replaceValues_ofTheirType() throws Exception {
        assertFails(
                Path.of("--set"),
                "key llama.nonsense: found no such key in this conversion, expected a key with a single value that is"
                        + " written; inspect a converted file for their names",
                "--set",
                "llama.nonsense=1");
        assertFails(
                Path.of("--set"),
                "key llama.context_length: found 'long', expected a value of type uint32",
                "--set",
                "llama.context_length=long");
        assertEquals(
                0,
                convert("--set", "llama.context_length=4096", "--name", "Toy").exit());
        try (GgufFile file = GgufFile.open(out)) {
            assertEquals(4096, file.metadata().integer("llama.context_length", 0, 9999));
            assertEquals("Toy", file.metadata().string("general.name"));
        }
    }

    @Test
    void types_areThoseOfQuantize() throws Exception {
        Commands.Result wrong = convert("--type", "int3");
        assertEquals(2, wrong.exit());
        assertEquals(
                "peregrine: type: found int3, expected one of F32, F16, BF16, Q8_0, Q6_K, Q5_K_M, Q5_K_S, Q5_K, Q5_1,"
                        + " Q5_0, Q4_K_M, Q4_K_S, Q4_K, Q4_1, Q4_0",
                wrong.err().lines().findFirst().orElse(""));
        assertEquals(0, convert().exit());
        assertTypes(TensorType.F16, TensorType.F16);
        assertEquals(0, convert("--type", "q8_0", "--force").exit());
        assertTypes(TensorType.Q8_0, TensorType.F16);
    }

    /// @param odd of matrices with rows of 112 elements, which are no whole number of blocks
    private void assertTypes(TensorType matrices, TensorType odd) {
        try (GgufFile file = GgufFile.open(out)) {
            assertEquals(matrices, file.tensor("blk.0.attn_q.weight").type());
            assertEquals(matrices, file.tensor("output.weight").type());
            assertEquals(odd, file.tensor("blk.0.ffn_down.weight").type());
            assertEquals(TensorType.F32, file.tensor("blk.0.attn_norm.weight").type());
        }
    }

    /// A value that halves cannot hold ends the conversion, and leaves nothing behind.
    @Test
    void valuesBeyondTheType() throws Exception {
        float[] values =
                tensors.get("model.layers.0.self_attn.v_proj.weight").values().clone();
        values[65] = 1e6f;
        tensors.put("model.layers.0.self_attn.v_proj.weight", new Toy(new long[] {32, 64}, values));
        assertFails(
                model,
                "tensor blk.0.attn_v.weight, element [1, 1]: found 1000000.0, expected at most 65504 in size, to become"
                        + " F16; choose BF16 or F32, or keep this tensor as it is");
    }

    @Test
    void indexThatLeadsElsewhere() throws Exception {
        Files.writeString(model.resolve("config.json"), config.toString());
        Path index = model.resolve("model.safetensors.index.json");
        Files.writeString(index, "{\"weight_map\": {\"a\": \"../../etc/passwd\"}}");
        Commands.Result run = Commands.run("convert", "--from", model.toString(), "-o", out.toString());
        assertEquals(
                "peregrine: " + index
                        + ": weight_map: found the file name '../../etc/passwd', expected a file in the same folder\n",
                run.err());
        Files.delete(index);
        run = Commands.run("convert", "--from", model.toString(), "-o", out.toString());
        assertEquals(
                "peregrine: " + model
                        + ": holds no weights; expected model.safetensors.index.json, model.safetensors,"
                        + " pytorch_model.bin.index.json, pytorch_model.bin, open_clip_model.safetensors,"
                        + " open_clip_pytorch_model.bin, or one file that ends in .safetensors, .bin, .pth, .pt\n",
                run.err());
        assertFalse(Files.exists(out));
    }

    /// The template of the configuration goes along; of several the one called default.
    @Test
    void chatTemplate() throws Exception {
        ObjectNode tokenizer = new ObjectMapper().createObjectNode();
        tokenizer.putArray("chat_template").addObject().put("name", "default").put("template", "{{ messages }}");
        Files.writeString(model.resolve("tokenizer_config.json"), tokenizer.toString());
        assertEquals(0, convert().exit());
        try (GgufFile file = GgufFile.open(out)) {
            assertEquals("{{ messages }}", file.metadata().string("tokenizer.chat_template"));
        }
    }
}
