package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.Fixture;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.PromptException;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyFuyu;
import io.peregrine.model.TraceResult;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Fuyu beyond its golden cases: the sizes of pictures, what stands around them, files that are wrong.
class FuyuTest {

    @TempDir
    private Path folder;

    private Model load(ToyFile text, ToyFile vision) {
        Path mmproj = vision.write(folder.resolve("mmproj.gguf"));
        return Model.load(
                text.write(folder.resolve("toy.gguf")),
                LoadOptions.defaults().withThreads(1).withMmproj(mmproj));
    }

    private static Image grey(int width, int height) {
        byte[] samples = new byte[3 * width * height];
        Arrays.fill(samples, (byte) 200);
        return Image.of(samples, width, height);
    }

    /// SEED_SYSTEMS f.2, and sides that exceed their limit alone or by one pixel.
    @ParameterizedTest
    @CsvSource({
        "1920, 1080, 1920, 1080, 64, 36, 2340",
        "660, 400, 660, 400, 22, 14, 322",
        "64, 300, 64, 300, 3, 10, 40",
        "4000, 1000, 1920, 480, 64, 16, 1040",
        "1, 1, 1, 1, 1, 1, 2",
        "1921, 30, 1920, 29, 64, 1, 65",
        "30, 1081, 29, 1080, 1, 36, 72",
        "1000, 2160, 500, 1080, 17, 36, 648"
    })
    void prepare_sizes(int width, int height, int fittedWidth, int fittedHeight, int columns, int rows, int ids) {
        try (GgufFile file = GgufFile.open(ToyFuyu.vision(1, 30, 1920, 1080).write(folder.resolve("mmproj.gguf")))) {
            PreparedPicture prepared = ImageEncoders.bind(
                            file.metadata(), new Weights(file), VisionOptions.DEFAULT, note -> {})
                    .prepare(grey(width, height));
            PreparedPicture.Block block = prepared.blocks().getFirst();
            assertEquals(1, prepared.pieces().size());
            assertEquals(columns, block.lineTokens());
            assertEquals(rows * columns, block.tokens());
            assertEquals(ids, block.tokens() + block.tokens() / block.lineTokens());
            float[] values = block.views().getFirst().values();
            int stride = 3 * 30 * columns;
            assertEquals(stride * 30 * rows, values.length);
            float full = (float) ((200 / 255.0 - 0.5) / 0.5);
            float padding = (float) ((1 / 255.0 - 0.5) / 0.5);
            for (int y = 0; y < 30 * rows; y++) {
                for (int x = 0; x < 30 * columns; x++) {
                    boolean inside = x < fittedWidth && y < fittedHeight;
                    assertEquals(inside ? full : padding, values[y * stride + 3 * x + 2], 1e-6f, x + ", " + y);
                }
            }
        }
    }

    /// A side that would vanish keeps a pixel.
    @Test
    void prepare_stripThinnerThanAPixelWhenFitted() {
        try (Model model = load(ToyFuyu.text(1), ToyFuyu.vision(2, 4, 8, 8))) {
            TraceResult trace = model.trace(Prompt.raw("<__media__>a", grey(200, 1)), 1, true);
            assertEquals("2 rows of image, 5 tokens", parts(trace));
        }
    }

    private static String parts(TraceResult trace) {
        return trace.layout().stream()
                .map(part -> switch (part) {
                    case TraceResult.Tokens tokens -> tokens.ids().size() + " tokens";
                    case TraceResult.ImageRows rows -> rows.rows() + " rows of image";
                    case TraceResult.RegionRows rows -> "a region";
                })
                .collect(Collectors.joining(", "));
    }

    private static List<String> tokens(Model model, TraceResult trace) {
        List<String> texts = new ArrayList<>();
        for (TraceResult.Part part : trace.layout()) {
            switch (part) {
                case TraceResult.Tokens tokens ->
                    tokens.ids().forEach(id -> texts.add(model.tokenizer().vocabulary().text(id)));
                case TraceResult.ImageRows rows -> texts.add("[" + rows.rows() + "]");
                case TraceResult.RegionRows rows -> texts.add("[region]");
            }
        }
        return texts;
    }

    /// The token that begins a text comes behind the pictures in front; a prompt without pictures has no
    /// answer marker, as the authors' processor leaves it.
    @Test
    void prompt_whatStandsAround() {
        try (Model model = load(ToyFuyu.text(1), ToyFuyu.vision(2, 4, 8, 8))) {
            Image picture = grey(6, 3);
            assertEquals(
                    List.of("[2]", "|NEWLINE|", "<s>", "▁", "a", "<0x04>"),
                    tokens(model, model.trace(Prompt.raw("<__media__>a", picture), 1, true)));
            assertEquals(
                    List.of("[2]", "|NEWLINE|", "[2]", "|NEWLINE|", "<s>", "▁", "a", "<0x04>"),
                    tokens(model, model.trace(Prompt.raw("<__media__><__media__>a", picture, grey(5, 4)), 1, true)));
            assertEquals(
                    List.of("<s>", "▁", "a", "[2]", "|NEWLINE|", "<0x04>"),
                    tokens(model, model.trace(Prompt.raw("a<__media__>", picture), 1, true)));
            assertEquals(
                    List.of("[2]", "|NEWLINE|", "<s>", "<0x04>"),
                    tokens(model, model.trace(Prompt.raw("<__media__>", picture), 1, true)));
            assertEquals(List.of("<s>", "▁", "a"), tokens(model, model.trace(Prompt.raw("a"), 1, true)));
        }
    }

    /// Coordinates are halved pixels of the resized picture, rounded; each is a token, and text between places
    /// is tokenised by itself.
    @Test
    void prompt_placesInThePicture() {
        ToyFile text = ToyFuyu.text(1)
                .renameToken(298, "0", 1)
                .renameToken(297, "1", 1)
                .renameToken(296, "2", 1)
                .renameToken(295, "4", 1);
        try (Model model = load(text, ToyFuyu.vision(2, 4, 8, 8))) {
            Image small = grey(8, 6);
            assertEquals(
                    List.of("▁", "a", "<0x00>", "1", "0", "2", "4", "<0x01>", "▁", "b"),
                    asked(model, "a<box>2, 1, 5, 8</box>b", small));
            assertEquals(List.of("<0x02>", "2", "2", "<0x03>"), asked(model, "<point> 3.2,4.9 </point>", small));
            // Made smaller by two.
            assertEquals(
                    List.of("<0x02>", "4", "2", "<0x03>", "<0x02>", "0", "0", "<0x03>"),
                    asked(model, "<point>16, 8</point><point>0, 1.99</point>", grey(16, 12)));
            List<String> plain = asked(model, "a<box>2, 1, 5, 8<point>", small);
            assertFalse(plain.contains("<0x00>") || plain.contains("<0x02>"), plain.toString());
        }
    }

    /// What stands between the begin of the text and the answer marker.
    private static List<String> asked(Model model, String text, Image picture) {
        TraceResult.Tokens tokens = (TraceResult.Tokens)
                model.trace(Prompt.raw("<__media__>" + text, picture), 1, true).layout().getLast();
        List<String> texts = tokens.ids().stream()
                .map(id -> model.tokenizer().vocabulary().text(id))
                .toList();
        return texts.subList(2, texts.size() - 1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "<box>1, 2, 3</box>; found 3 numbers between <box> and </box>, expected y, x, y, x",
                "<box>4x, 1, 1, 1</box>; found \"4x\" between <box> and </box>, expected y, x, y, x",
                "<box>7, 2, 3, 4</box>; found \"7\" between <box> and </box>, expected y, x, y, x",
                "<point>9, 1</point>; found \"9\" between <point> and </point>, expected x, y",
                "<point>-1, 1</point>; found \"-1\" between <point> and </point>, expected x, y",
                "<point>1e3, 1</point>; found \"1e3\" between <point> and </point>, expected x, y",
                "<point>., 1</point>; found \".\" between <point> and </point>, expected x, y",
                "<point>1.2.3, 1</point>; found \"1.2.3\" between <point> and </point>, expected x, y",
                "<point>1111111111111, 1</point>; found \"111111111111\" between <point> and </point>, expected x, y",
                "<point></point>; found 1 numbers between <point> and </point>, expected x, y"
            })
    void prompt_noPlaceInThePicture(String text, String problem) {
        try (Model model = load(ToyFuyu.text(1), ToyFuyu.vision(2, 4, 8, 8))) {
            assertEquals(
                    "prompt: " + problem + " in pixels of the picture, of 8 x 6; name a place in the picture",
                    assertThrows(PromptException.class, () -> asked(model, text, grey(8, 6))).getMessage());
            assertEquals(
                    "prompt: the vocabulary has no token 1 for a place in the picture; ask without naming places",
                    assertThrows(PromptException.class, () -> asked(model, "<point>2, 2</point>", grey(8, 6)))
                            .getMessage());
        }
    }

    /// A file with separate queries, keys and values computes the same as the fused one.
    @Test
    void splitProjections_sameLogits() {
        Prompt prompt = Prompt.tokens(1, 70, 271, 260);
        float[] fused;
        try (Model model = Model.load(ToyFuyu.text(5).write(folder.resolve("fused.gguf")))) {
            fused = model.trace(prompt, 3, true).logits().values();
        }
        try (Model model = Model.load(ToyFuyu.split(ToyFuyu.text(5)).write(folder.resolve("split.gguf")))) {
            assertEquals(List.of(), model.notes());
            Fixture.assertClose(
                    "logits", fused, model.trace(prompt, 3, true).logits().values(), 1e-6);
        }
    }

    private static Arguments row(
            UnaryOperator<ToyFile> change, Class<? extends PeregrineException> type, String message) {
        return Arguments.of(change, type, message);
    }

    static List<Arguments> vision() {
        Class<ModelFormatException> mf = ModelFormatException.class;
        return List.of(
                row(
                        f -> f.withoutKey("clip.vision.image_max_height"),
                        mf,
                        "mmproj.gguf: key clip.vision.image_max_height: found nothing, expected uint32"),
                row(
                        f -> f.key("clip.vision.image_max_width", 0),
                        mf,
                        "mmproj.gguf: key clip.vision.image_max_width: found 0, expected a number from 1 to 16384"),
                row(
                        f -> f.key("clip.vision.image_max_width", 1 << 30),
                        mf,
                        "mmproj.gguf: key clip.vision.image_max_width: found 1073741824, expected a number from 1 to 16384"),
                row(
                        f -> f.key("clip.vision.image_max_width", 16384).key("clip.vision.image_max_height", 16384),
                        mf,
                        "mmproj.gguf: keys clip.vision.image_max_width and clip.vision.image_max_height: found 16384 and 16384, expected patches of at most 16777216 pixels together"),
                row(
                        f -> f.key("clip.vision.patch_size", 9),
                        mf,
                        "mmproj.gguf: key clip.vision.patch_size: found 9, expected a number from 1 to 8"),
                row(
                        f -> f.key("clip.vision.image_pad_value", 0.5f),
                        mf,
                        "mmproj.gguf: key clip.vision.image_pad_value: found 0.5, expected a whole number, a sample of a picture"),
                row(
                        f -> f.key("clip.vision.image_std", new float[3]),
                        mf,
                        "mmproj.gguf: key clip.vision.image_std: found [0.0, 0.0, 0.0], expected three numbers from 1.0E-6 to 1000.0"),
                row(
                        f -> f.matrix("v.patch_embd.weight", 16, 47),
                        mf,
                        "mmproj.gguf: tensor v.patch_embd.weight: found shape [16, 47], expected shape [16, 48]"),
                row(
                        f -> f.tensor("v.patch_embd.weight", 0, 1, 16, 3, 4, 4),
                        mf,
                        "mmproj.gguf: tensor v.patch_embd.weight: found shape [16, 3, 4, 4], expected shape [16, 48]"),
                row(
                        f -> f.withoutTensor("v.patch_embd.weight"),
                        mf,
                        "mmproj.gguf: tensor v.patch_embd.weight: found nothing, expected shape [16, 48]; the file is incomplete, or it is not of the architecture that it names"));
    }

    @ParameterizedTest
    @MethodSource("vision")
    void badVisionFile(UnaryOperator<ToyFile> change, Class<? extends PeregrineException> type, String message) {
        ToyFile vision = change.apply(ToyFuyu.vision(2, 4, 8, 8));
        rejected(type, message, ToyFuyu.text(1), vision);
    }

    static List<Arguments> text() {
        Class<ModelFormatException> mf = ModelFormatException.class;
        return List.of(
                row(
                        f -> f.renameToken(299, "xyz", 1),
                        mf,
                        "toy.gguf: key tokenizer.ggml.tokens: found no token |NEWLINE|, expected one, because prompts with pictures for mmproj.gguf have it; take the text model that this vision file was made for"),
                row(
                        f -> f.key("persimmon.attention.head_count", 3),
                        mf,
                        "toy.gguf: key persimmon.attention.head_count: found 3, expected a divisor of persimmon.embedding_length, which is 16"),
                row(
                        f -> f.key("persimmon.attention.head_count_kv", 1),
                        UnsupportedModelException.class,
                        "toy.gguf: persimmon.attention.head_count_kv 1 beside persimmon.attention.head_count 2 is not supported; supported: equal numbers"),
                row(
                        f -> f.key("persimmon.rope.dimension_count", 5),
                        mf,
                        "toy.gguf: key persimmon.rope.dimension_count: found 5, expected an even number up to 8, the width of a head"),
                row(
                        f -> f.key("persimmon.rope.dimension_count", 10),
                        mf,
                        "toy.gguf: key persimmon.rope.dimension_count: found 10, expected a number from 2 to 8"),
                row(
                        f -> f.key("persimmon.embedding_length", 2).key("persimmon.rope.dimension_count", 2),
                        mf,
                        "toy.gguf: key persimmon.rope.dimension_count: found 2, expected an even number up to 1, the width of a head"),
                row(
                        f -> f.matrix("blk.1.attn_qkv.weight", 47, 16),
                        mf,
                        "toy.gguf: tensor blk.1.attn_qkv.weight: found shape [47, 16], expected shape [48, 16]"),
                row(
                        f -> f.vector("blk.0.attn_q_norm.weight", 1, 16),
                        mf,
                        "toy.gguf: tensor blk.0.attn_q_norm.weight: found shape [16], expected shape [8]"),
                row(
                        f -> f.withoutTensor("blk.0.attn_qkv.weight"),
                        mf,
                        "toy.gguf: tensor blk.0.attn_q.weight: found nothing, expected shape [16, 16]; the file is incomplete, or it is not of the architecture that it names"),
                row(
                        f -> f.withoutTensor("output.weight"),
                        mf,
                        "toy.gguf: tensor output.weight: found nothing, expected shape [300, 16]; the file is incomplete, or it is not of the architecture that it names"));
    }

    @ParameterizedTest
    @MethodSource("text")
    void badTextFile(UnaryOperator<ToyFile> change, Class<? extends PeregrineException> type, String message) {
        rejected(type, message, change.apply(ToyFuyu.text(1)), ToyFuyu.vision(2, 4, 8, 8));
    }

    private void rejected(Class<? extends PeregrineException> type, String message, ToyFile text, ToyFile vision) {
        PeregrineException found = assertThrows(type, () -> load(text, vision).close());
        assertEquals(message, found.getMessage().replace(folder + "/", "").replaceAll(" at byte \\d+", ""));
    }
}
