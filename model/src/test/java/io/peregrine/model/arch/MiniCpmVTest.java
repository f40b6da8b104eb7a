package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.model.Fixture;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyLlama;
import io.peregrine.model.TraceResult;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import io.peregrine.model.quantize.Mix;
import io.peregrine.model.quantize.QuantizeOptions;
import io.peregrine.model.quantize.Quantizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The vision side of MiniCPM-V beyond its golden cases: what stands in prompts, options, weights of 4 and 16 bits,
/// old and wrong files.
class MiniCpmVTest {

    private static final int BOS = 1;
    private static final int NEWLINE = 3 + '\n';
    private static final int A = 260;
    private static final int IMAGE = 290;
    private static final int IMAGE_END = 291;
    private static final int SLICE = 292;
    private static final int SLICE_END = 293;
    private static final int NUMBER = 294;
    private static final int NUMBER_END = 295;

    @TempDir
    private Path folder;

    /// Width 128; the letters are tokens of their own, and so are the marks.
    private static ToyFile text(String architecture) {
        return new ToyLlama(architecture, false, 1, 128, 32, 2, 1, 64, 64, 300, false, false, 1, null)
                .file(1)
                .key("tokenizer.ggml.add_space_prefix", false)
                .renameToken(IMAGE, "<image>", 3)
                .renameToken(IMAGE_END, "</image>", 3)
                .renameToken(SLICE, "<slice>", 3)
                .renameToken(SLICE_END, "</slice>", 3)
                .renameToken(NUMBER, "<image_id>", 3)
                .renameToken(NUMBER_END, "</image_id>", 3);
    }

    /// Views of about 32 by 32 in patches of 8, 2 blocks of width 64, a square of 5 places on a side, 4 queries.
    private static ToyFile vision() {
        ToyFile file = new ToyFile(2)
                .key("general.architecture", "clip")
                .key("clip.has_vision_encoder", true)
                .key("clip.projector_type", "resampler")
                .key("clip.minicpmv_version", 3)
                .key("clip.minicpmv_query_num", 4)
                .key("clip.use_gelu", true)
                .key("clip.vision.image_size", 32)
                .key("clip.vision.patch_size", 8)
                .key("clip.vision.embedding_length", 64)
                .key("clip.vision.feed_forward_length", 96)
                .key("clip.vision.block_count", 2)
                .key("clip.vision.projection_dim", 0)
                .key("clip.vision.attention.head_count", 2)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-6f)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.5f, 0.5f})
                .tensor("v.patch_embd.weight", 0, 1, 64, 3, 8, 8)
                .vector("v.patch_embd.bias", 0, 64)
                .matrix("v.position_embd.weight", 25, 64);
        norm(file, "v.post_ln", 64);
        for (int i = 0; i < 2; i++) {
            String name = "v.blk." + i + ".";
            norm(file, name + "ln1", 64);
            norm(file, name + "ln2", 64);
            for (String part : new String[] {"attn_q", "attn_k", "attn_v", "attn_out"}) {
                linear(file, name + part, 64, 64);
            }
            linear(file, name + "ffn_up", 96, 64);
            linear(file, name + "ffn_down", 64, 96);
        }
        for (String part : new String[] {"q", "k", "v", "out"}) {
            linear(file, "resampler.attn." + part, 128, 128);
        }
        for (String part : new String[] {"ln_q", "ln_kv", "ln_post"}) {
            norm(file, "resampler." + part, 128);
        }
        return file.matrix("resampler.query", 4, 128)
                .matrix("resampler.kv.weight", 128, 64)
                .matrix("resampler.proj.weight", 128, 128);
    }

    private static void norm(ToyFile file, String name, int dim) {
        file.vector(name + ".weight", 1, dim).vector(name + ".bias", 0, dim);
    }

    private static void linear(ToyFile file, String name, int out, int in) {
        file.matrix(name + ".weight", out, in).vector(name + ".bias", 0, out);
    }

    private Model load(ToyFile vision, UnaryOperator<LoadOptions> options) {
        return load(vision.write(folder.resolve("mmproj.gguf")), options);
    }

    private Model load(Path mmproj, UnaryOperator<LoadOptions> options) {
        return load(text("llama"), mmproj, options);
    }

    private Model load(ToyFile toy, Path mmproj, UnaryOperator<LoadOptions> options) {
        Path text = toy.write(folder.resolve("toy.gguf"));
        return Model.load(
                text, options.apply(LoadOptions.defaults().withThreads(2).withMmproj(mmproj)));
    }

    private static Image picture(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(width).nextBytes(rgb);
        return Image.of(rgb, width, height);
    }

    /// The layout in words: ids of tokens, and `[width x height: rows]` for a block.
    private static String layout(TraceResult trace) {
        List<String> parts = new ArrayList<>();
        for (TraceResult.Part part : trace.layout()) {
            switch (part) {
                case TraceResult.Tokens tokens -> tokens.ids().forEach(id -> parts.add(id.toString()));
                case TraceResult.ImageRows rows -> {
                    Pixels view = rows.block().views().getFirst();
                    parts.add("[" + view.width() + "x" + view.height() + ": " + rows.rows() + "]");
                }
                case TraceResult.RegionRows region -> parts.add(region.toString());
            }
        }
        return String.join(" ", parts);
    }

    private static String words(Object... parts) {
        List<String> words = new ArrayList<>();
        for (Object part : parts) {
            words.add(part.toString());
        }
        return String.join(" ", words);
    }

    private static int digit(int value) {
        return 3 + '0' + value;
    }

    /// The sizes are those of the authors' code for these pictures, `scale_resolution` 32 and `patch_size` 8; the text
    /// is that of `get_slice_image_placeholder` with `use_image_id`.
    @Test
    void authors_severalPictures_areNumberedThroughThePrompt() {
        Image small = picture(20, 10);
        try (Model model = load(vision(), options -> options)) {
            TraceResult trace = model.trace(
                    Prompt.raw("a<__media__>b<__media__>c<__media__>d", small, picture(64, 48), small), 1, true);
            String alone = "[48x24: 4]";
            String slice = words(SLICE, "[32x24: 4]", SLICE_END);
            assertEquals(
                    words(
                            words(BOS, A, NUMBER, digit(0), NUMBER_END, IMAGE, alone, IMAGE_END),
                            words(A + 1, NUMBER, digit(1), NUMBER_END, IMAGE, "[32x24: 4]", IMAGE_END),
                            words(slice, slice, NEWLINE, slice, slice),
                            words(A + 2, NUMBER, digit(2), NUMBER_END, IMAGE, alone, IMAGE_END, A + 3)),
                    layout(trace));
            List<TraceResult.ImageBlock> blocks = trace.imageBlocks();
            assertArrayEquals(
                    blocks.get(0).embedding().values(), blocks.get(6).embedding().values());
        }
    }

    @Test
    void llamaCpp_hasNoNumbers_andASquareForASmallPicture() {
        try (Model model = load(vision(), options -> options.withPreprocess(Preprocess.LLAMA_CPP))) {
            TraceResult trace = model.trace(
                    Prompt.raw("a<__media__>b<__media__>", picture(20, 10), picture(64, 48)), 1, true);
            String slice = words(SLICE, "[40x24: 4]", SLICE_END);
            assertEquals(
                    words(
                            words(BOS, A, IMAGE, "[32x32: 4]", IMAGE_END, A + 1, IMAGE, "[40x24: 4]", IMAGE_END),
                            words(slice, slice, NEWLINE, slice, slice)),
                    layout(trace));
        }
    }

    /// A picture's rows do not depend on the pictures that go through the tower with it.
    @Test
    void slices_areEncodedLikePicturesOfTheirOwn() {
        Image large = picture(64, 48);
        try (Model model = load(vision(), options -> options);
                Model whole = load(vision(), options -> options.withMaxTiles(1))) {
            TraceResult many = model.trace(Prompt.raw("<__media__>", large), 1, true);
            TraceResult one = whole.trace(Prompt.raw("<__media__>", large), 1, true);
            assertEquals(
                    words(BOS, NUMBER, digit(0), NUMBER_END, IMAGE, "[32x24: 4]", IMAGE_END), layout(one));
            Fixture.assertClose(
                    "whole",
                    one.imageBlocks().getFirst().embedding().values(),
                    many.imageBlocks().getFirst().embedding().values(),
                    1e-5);
        }
    }

    @Test
    void optionsThatDoNotMatter_areTold() {
        UnaryOperator<LoadOptions> options =
                o -> o.withFit(Fit.PAD).withImageTokens(0, 100).withMaxTiles(12);
        try (Model model = load(vision(), options)) {
            assertEquals(
                    List.of(
                            "vision: views keep about the shape of the picture; how it would become a square does not"
                                    + " matter",
                            "vision: every view of a picture takes 4 tokens; limits of tokens do not matter, a limit of"
                                    + " tiles does",
                            "vision: pictures are cut into at most 9 slices, as in training"),
                    model.notes().stream().filter(note -> note.startsWith("vision: ")).toList());
        }
    }

    /// Against a file of the values that the quantised weights stand for.
    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "F16"})
    void smallerWeights_areReadAsWhatTheyStandFor(Mix mix) {
        Path small = folder.resolve("small.gguf");
        Path original = vision().write(folder.resolve("original.gguf"));
        new Quantizer(QuantizeOptions.to(mix).withThreads(2)).quantize(original, small);
        ToyFile values = vision();
        assertEquals(18, values.takeSmallWeights(small));
        Prompt prompt = Prompt.raw("<__media__>", picture(64, 48));
        try (Model model = load(small, options -> options);
                Model expected = load(values, options -> options)) {
            List<TraceResult.ImageBlock> found = model.trace(prompt, 1, true).imageBlocks();
            List<TraceResult.ImageBlock> same = expected.trace(prompt, 1, true).imageBlocks();
            for (int i = 0; i < 5; i++) {
                Fixture.assertClose(
                        "block " + i, same.get(i).embedding().values(), found.get(i).embedding().values(), 1e-4);
            }
        }
    }

    /// As the converters of 2024 wrote them: 26 for 27 blocks, and no number of queries.
    @Test
    void oldFile_allBlocksRun() {
        ToyFile old = vision()
                .key("clip.vision.block_count", 1)
                .withoutKey("clip.minicpmv_query_num")
                .matrix("resampler.query", 64, 128);
        ToyFile today = vision().key("clip.minicpmv_query_num", 64).matrix("resampler.query", 64, 128);
        Prompt prompt = Prompt.raw("<__media__>", picture(20, 10));
        try (Model model = load(old, options -> options)) {
            assertTrue(model.notes()
                    .contains(folder.resolve("mmproj.gguf") + ": all 2 blocks of the tower are run, as by the model's"
                            + " authors; key clip.vision.block_count says 1"));
            float[] found = embedding(model.trace(prompt, 1, true));
            assertEquals(64 * 128, found.length);
            try (Model expected = load(today.write(folder.resolve("today.gguf")), options -> options)) {
                assertArrayEquals(embedding(expected.trace(prompt, 1, true)), found);
            }
        }
    }

    /// Files for decoders that multiply what enters them have a projection that is divided by their factor.
    @ParameterizedTest
    @ValueSource(strings = {"minicpm", "granite"})
    void decoderWithAFactor_multipliesPicturesToo(String architecture) {
        ToyFile divided = vision();
        scale(divided.weights("resampler.proj.weight"), 1 / 8f);
        ToyFile plain = text(architecture).key(architecture + ".embedding_scale", 1f);
        scale(plain.weights("token_embd.weight"), 8);
        ToyFile scaled = text(architecture).key(architecture + ".embedding_scale", 8f);
        Prompt prompt = Prompt.raw("a<__media__>b", picture(20, 10));
        float[] expected;
        try (Model model = load(plain, vision().write(folder.resolve("mmproj.gguf")), options -> options)) {
            expected = model.trace(prompt, 1, true).logits().values();
        }
        try (Model model = load(scaled, divided.write(folder.resolve("divided.gguf")), options -> options)) {
            Fixture.assertClose(
                    "logits", expected, model.trace(prompt, 1, true).logits().values(), 1e-5);
        }
    }

    private static void scale(float[] weights, float factor) {
        for (int i = 0; i < weights.length; i++) {
            weights[i] *= factor;
        }
    }

    private static float[] embedding(TraceResult trace) {
        return trace.imageBlocks().getFirst().embedding().values();
    }

    @Test
    void viewsBeyondTheHeap_areRefusedBeforeTheyAreMade() {
        ToyFile huge = vision().key("clip.vision.image_size", 1 << 14);
        try (Model model = load(huge, options -> options)) {
            ResourceLimitException error = assertThrows(
                    ResourceLimitException.class,
                    () -> model.trace(Prompt.raw("<__media__>", picture(20, 10)), 1, true));
            String message = String.valueOf(error.getMessage());
            assertTrue(message.startsWith("a picture in 1 view: "), message);
            assertTrue(message.endsWith("; allow fewer tiles, or give the JVM more memory with -Xmx"), message);
        }
    }

    private static Arguments row(String name, UnaryOperator<ToyFile> change, String message) {
        return Arguments.of(name, change, message);
    }

    static List<Arguments> wrongFiles() {
        String versions = "3 (MiniCPM-V 2.6), 4 (MiniCPM-o 2.6), 5 (MiniCPM-V 4), 6 (MiniCPM-V 4.5), 100045 (MiniCPM-o"
                + " 4.5)";
        return List.of(
                row(
                        "an older model",
                        f -> f.key("clip.minicpmv_version", 2),
                        "clip.minicpmv_version 2 is not supported; supported: " + versions),
                row(
                        "no version",
                        f -> f.withoutKey("clip.minicpmv_version"),
                        "a resampler without clip.minicpmv_version is not supported; supported: " + versions),
                row(
                        "too many queries",
                        f -> f.key("clip.minicpmv_query_num", 65537),
                        "key clip.minicpmv_query_num: found 65537, expected a number from 0 to 65536"),
                row(
                        "number of queries wrong",
                        f -> f.key("clip.minicpmv_query_num", 5),
                        "tensor resampler.query: found shape [4, 128], expected shape [5, 128]"),
                row(
                        "heads do not divide",
                        f -> f.matrix("resampler.query", 4, 130),
                        "tensor resampler.query: found shape [4, 130], expected shape [4, width] with a width that is a"
                                + " multiple of 128"),
                row(
                        "places on no square",
                        f -> f.matrix("v.position_embd.weight", 24, 64),
                        "tensor v.position_embd.weight: found shape [24, 64], expected shape [side * side, 64] with a"
                                + " side from 1 to 4096"),
                row(
                        "places of another width",
                        f -> f.matrix("v.position_embd.weight", 25, 60),
                        "tensor v.position_embd.weight: found shape [25, 60], expected shape [25, 64]"),
                row(
                        "a block is missing",
                        f -> f.key("clip.vision.block_count", 3),
                        "tensor v.blk.2.ffn_up.weight: found nothing, expected a tensor; the file is incomplete, or it"
                                + " is not of the architecture that it names"),
                row(
                        "projection as the original has it, but wide",
                        f -> f.matrix("resampler.kv.weight", 64, 128),
                        "tensor resampler.kv.weight: found shape [64, 128], expected shape [128, 64]; rows and columns"
                                + " are exchanged: the file was converted wrongly"),
                row(
                        "of another decoder",
                        f -> f.matrix("resampler.proj.weight", 96, 128),
                        "width of its image embeddings: found 96, expected 128, the width of FOLDER/toy.gguf; take the"
                                + " vision file that was made for this model"));
    }

    @ParameterizedTest
    @MethodSource
    void wrongFiles(String name, UnaryOperator<ToyFile> change, String message) {
        PeregrineException error = assertThrows(
                PeregrineException.class,
                () -> load(change.apply(vision()), options -> options).close());
        assertEquals(
                "FOLDER/mmproj.gguf: " + message,
                String.valueOf(error.getMessage())
                        .replace(folder.toString(), "FOLDER")
                        .replaceFirst(" at byte [0-9]+", ""));
    }

    @Test
    void vocabularyWithoutTheMarks_isOfAnotherModel() {
        Path mmproj = vision().write(folder.resolve("mmproj.gguf"));
        Path text = text("llama").renameToken(NUMBER, "zzz", 1).write(folder.resolve("toy.gguf"));
        LoadOptions options = LoadOptions.defaults().withThreads(2).withMmproj(mmproj);
        PeregrineException error = assertThrows(
                PeregrineException.class, () -> Model.load(text, options).close());
        assertEquals(
                "FOLDER/toy.gguf: key tokenizer.ggml.tokens: found no token <image_id>, expected one, because prompts"
                        + " with pictures for FOLDER/mmproj.gguf have it; take the text model that this vision file was"
                        + " made for",
                String.valueOf(error.getMessage()).replace(folder.toString(), "FOLDER"));
        Model.load(text, options.withPreprocess(Preprocess.LLAMA_CPP)).close();
    }
}
