package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.ToyFile;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Preprocess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What stands in the prompt for a picture. Tiles of 14 pixels with patches of 4, of which 3 fit on a side and 9 become
/// one row: a remainder as that of SmolVLM-2.2B, 384 pixels with patches of 14.
class Idefics3Test {

    @TempDir
    private Path folder;

    private static final String FAKE = "<fake_token_around_image>";

    private static ToyFile toy() {
        ToyFile file = new ToyFile(3)
                .key("general.architecture", "clip")
                .key("clip.projector_type", "idefics3")
                .key("clip.vision.image_size", 14)
                .key("clip.vision.patch_size", 4)
                .key("clip.vision.embedding_length", 8)
                .key("clip.vision.feed_forward_length", 10)
                .key("clip.vision.block_count", 1)
                .key("clip.vision.attention.head_count", 2)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-6f)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.use_gelu", true)
                .key("clip.vision.projector.scale_factor", 3)
                .key("clip.vision.preproc_image_size", 56)
                .tensor("v.patch_embd.weight", 0, 1, 8, 3, 4, 4)
                .matrix("v.position_embd.weight", 9, 8)
                .vector("v.post_ln.weight", 1, 8)
                .vector("v.post_ln.bias", 0, 8)
                .matrix("mm.model.fc.weight", 12, 72);
        for (String norm : List.of("ln1", "ln2")) {
            file.vector("v.blk.0." + norm + ".weight", 1, 8).vector("v.blk.0." + norm + ".bias", 0, 8);
        }
        for (String square : List.of("attn_q", "attn_k", "attn_v", "attn_out")) {
            file.matrix("v.blk.0." + square + ".weight", 8, 8);
        }
        return file.matrix("v.blk.0.ffn_up.weight", 10, 8).matrix("v.blk.0.ffn_down.weight", 8, 10);
    }

    private final List<String> notes = new ArrayList<>();

    private String pieces(ToyFile toy, VisionOptions options, int width, int height) {
        notes.clear();
        try (GgufFile file = GgufFile.open(toy.write(folder.resolve("toy.gguf")))) {
            ImageEncoder encoder = ImageEncoders.bind(file.metadata(), new Weights(file), options, notes::add);
            assertEquals(12, encoder.dim());
            return encoder.prepare(Image.of(new byte[3 * width * height], width, height)).pieces().stream()
                    .map(piece -> switch (piece) {
                        case PreparedPicture.Mark mark -> mark.text();
                        case PreparedPicture.Block block -> "[" + block.tokens() + "]";
                        default -> throw new AssertionError(piece);
                    })
                    .collect(Collectors.joining());
        }
    }

    private static VisionOptions options(int maxTiles, Preprocess way, int minTokens, int maxTokens) {
        return new VisionOptions(-1, null, maxTiles, way, minTokens, maxTokens);
    }

    private static final VisionOptions LLAMA_CPP = options(0, Preprocess.LLAMA_CPP, 0, 0);

    /// As `_prompt_split_image` and `_prompt_single_image` of `processing_idefics3.py` write it.
    @Test
    void prompt_namesTilesByRowAndColumn() {
        assertEquals(
                FAKE + "<row_1_col_1>[1]" + FAKE + "<row_1_col_2>[1]" + FAKE + "<row_1_col_3>[1]" + FAKE
                        + "<row_1_col_4>[1]\n" + FAKE + "<row_2_col_1>[1]" + FAKE + "<row_2_col_2>[1]" + FAKE
                        + "<row_2_col_3>[1]" + FAKE + "<row_2_col_4>[1]\n\n" + FAKE + "<global-img>[1]" + FAKE,
                pieces(toy(), VisionOptions.DEFAULT, 300, 150));
        assertEquals(List.of(), notes);
    }

    @Test
    void prompt_onePictureInOneView() {
        String whole = FAKE + "<global-img>[1]" + FAKE;
        assertEquals(whole, pieces(toy().key("clip.vision.preproc_image_size", 14), VisionOptions.DEFAULT, 30, 40));
        assertEquals(whole, pieces(toy(), options(1, Preprocess.AUTHORS, 0, 0), 30, 40));
        assertEquals(whole, pieces(toy(), options(1, Preprocess.LLAMA_CPP, 0, 0), 30, 40));
        assertEquals(whole, pieces(toy(), new VisionOptions(-1, Fit.PAD), 30, 40));
        assertEquals(
                FAKE + "<row_1_col_1>[1]\n\n" + whole,
                pieces(toy().key("clip.vision.preproc_image_size", 14), LLAMA_CPP, 30, 40));
    }

    private int tiles(ToyFile toy, VisionOptions options) {
        return pieces(toy, options, 60, 60).split("<row_", -1).length - 1;
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 16", "15, 0, 9", "8, 0, 4", "3, 0, 0", "0, 15, 9", "0, 4, 4", "0, 1, 0", "4, 15, 4", "15, 4, 4"})
    void limits_ofTilesAndOfTheirTokens(int maxTiles, int maxTokens, int tiles) {
        assertEquals(tiles, tiles(toy(), options(maxTiles, Preprocess.AUTHORS, 0, maxTokens)));
        assertEquals(List.of(), notes);
    }

    @Test
    void optionsThatDoNotMatter_areSaid() {
        pieces(toy(), options(0, Preprocess.AUTHORS, 5, 0), 9, 9);
        assertEquals(
                List.of("vision: every view of a picture takes 1 tokens; the fewest that are asked for do not matter"),
                notes);
        pieces(toy(), new VisionOptions(-1, Fit.CROP, 4), 9, 9);
        assertEquals(
                List.of("vision: a picture is one view; how many tiles are allowed does not matter"), notes);
    }

    @Test
    void fileWithoutALongestEdge_hasThatOfAllPublishedModels() {
        ToyFile toy = toy().withoutKey("clip.vision.preproc_image_size");
        assertEquals(16, tiles(toy, VisionOptions.DEFAULT));
        assertEquals(
                List.of(folder.resolve("toy.gguf") + ": no clip.vision.preproc_image_size; pictures are brought to 56"
                        + " pixels, 4 tiles, as in every published model"),
                notes);
        assertEquals(16, tiles(toy, LLAMA_CPP)); // 60 / 14 is 4.3
        assertEquals(
                List.of(folder.resolve("toy.gguf")
                        + ": no clip.vision.preproc_image_size; pictures keep about their own size, as in llama.cpp"),
                notes);
        PeregrineException tooMany =
                assertThrows(PeregrineException.class, () -> pieces(toy, LLAMA_CPP, 14 * 33, 14 * 32));
        assertEquals("tiles of a picture: 1056 exceeds the limit of 1024; allow fewer tiles", tooMany.getMessage());
    }

    /// Patches of 4 pixels leave 2 of 14 over, which nobody sees.
    @Test
    void encode_leavesOutWhatFillsNoPatch() {
        try (GgufFile file = GgufFile.open(toy().write(folder.resolve("toy.gguf")));
                Workers workers = new Workers(2)) {
            ImageEncoder encoder = ImageEncoders.bind(
                    file.metadata(), new Weights(file), options(1, Preprocess.AUTHORS, 0, 0), notes::add);
            Pass pass = new Pass(new Compute(workers, true), () -> false);
            float[] plain = encode(encoder, pass, -1);
            assertEquals(12, plain.length);
            assertArrayEquals(plain, encode(encoder, pass, 14 * 13 + 5));
            assertArrayEquals(plain, encode(encoder, pass, 14 * 5 + 12));
            assertFalse(Arrays.equals(plain, encode(encoder, pass, 14 * 11 + 11)));
        }
    }

    /// Of a grey picture of one tile.
    ///
    /// @param white a pixel of another colour, or -1
    private static float[] encode(ImageEncoder encoder, Pass pass, int white) {
        byte[] rgb = new byte[3 * 14 * 14];
        Arrays.fill(rgb, (byte) 100);
        if (white >= 0) {
            Arrays.fill(rgb, 3 * white, 3 * white + 3, (byte) 255);
        }
        return encoder.encode(pass, encoder.prepare(Image.of(rgb, 14, 14))).getFirst().toArray();
    }

    /// 16 x 16 tiles of 1500 pixels a side: 7 gigabytes of floats.
    @Test
    void moreThanTheHeapHolds_isRefusedBeforeItIsMade() {
        ToyFile toy = toy().key("clip.vision.image_size", 1500)
                .key("clip.vision.patch_size", 500)
                .key("clip.vision.preproc_image_size", 24000)
                .tensor("v.patch_embd.weight", 0, 1, 8, 3, 500, 500);
        PeregrineException error = assertThrows(PeregrineException.class, () -> pieces(toy, LLAMA_CPP, 9, 9));
        assertEquals(
                "a picture in 257 views: N MiB exceeds the limit of N MiB of the Java heap; allow fewer tiles, or give the"
                        + " JVM more memory with -Xmx",
                String.valueOf(error.getMessage()).replaceAll("[0-9.]+ MiB", "N MiB"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "clip.vision.projector.scale_factor|2|a divisor of 3, the number of patches on a side of a view",
                "clip.vision.projector.scale_factor|0|a number from 1 to 64",
                "clip.vision.preproc_image_size|0|a number from 1 to 448",
                "clip.vision.preproc_image_size|449|a number from 1 to 448"
            })
    void wrongNumbers_areRefused(String key, int value, String expected) {
        PeregrineException error = assertThrows(
                PeregrineException.class, () -> pieces(toy().key(key, value), VisionOptions.DEFAULT, 9, 9));
        assertEquals(
                folder.resolve("toy.gguf") + ": key " + key + ": found " + value + ", expected " + expected,
                String.valueOf(error.getMessage()).replaceAll(" at byte \\d+", ""));
    }

    @Test
    void projectorOfAnotherWidth_isRefused() {
        PeregrineException error = assertThrows(
                PeregrineException.class,
                () -> pieces(toy().matrix("mm.model.fc.weight", 12, 32), VisionOptions.DEFAULT, 9, 9));
        assertEquals(
                folder.resolve("toy.gguf")
                        + ": tensor mm.model.fc.weight: found shape [12, 32], expected shape [outputs, 72]",
                error.getMessage());
    }
}
