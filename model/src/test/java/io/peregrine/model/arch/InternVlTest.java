package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyInternVl;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Preprocess;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The vision side of InternVL beyond its golden cases.
class InternVlTest {

    private static final PreparedPicture.Token BEGIN = new PreparedPicture.Token("<img>");
    private static final PreparedPicture.Token END = new PreparedPicture.Token("</img>");

    @TempDir
    private Path folder;

    private final List<String> notes = new ArrayList<>();

    private <T> T with(Path file, VisionOptions options, Function<ImageEncoder, T> what) {
        try (GgufFile open = GgufFile.open(file)) {
            return what.apply(ImageEncoders.bind(open.metadata(), new Weights(open), options, notes::add));
        }
    }

    private <T> T with(ToyFile file, VisionOptions options, Function<ImageEncoder, T> what) {
        return with(file.write(folder.resolve("mmproj.gguf")), options, what);
    }

    private static Image noise(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(width).nextBytes(rgb);
        return Image.of(rgb, width, height);
    }

    private static List<Rows> encoded(ImageEncoder encoder, PreparedPicture picture) {
        try (Workers workers = new Workers(2)) {
            return encoder.encode(new Pass(new Compute(workers, true), () -> false), picture);
        }
    }

    /// Seven views: a picture of 24 by 16 on tiles of 8, and the whole.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rowsOfEveryView_areThoseOfTheFormulas(boolean large) {
        ToyFile file = new ToyInternVl(large).file(3);
        with(file, VisionOptions.DEFAULT, encoder -> {
            PreparedPicture picture = encoder.prepare(noise(24, 16));
            List<PreparedPicture.Block> blocks = picture.blocks();
            List<Rows> found = encoded(encoder, picture);
            assertEquals(7, found.size());
            for (int i = 0; i < 7; i++) {
                float[] expected = ToyInternVl.rows(file, blocks.get(i).views().getFirst());
                Fixture.assertClose("view " + i, expected, found.get(i).toArray(), 1e-5);
            }
            return found;
        });
        assertEquals(
                large ? List.of("vision: the norms of the tower are RMSNorms (v.blk.0.ln1 has no bias)") : List.of(), notes);
    }

    @Test
    void picture_standsBetweenTokens() {
        with(new ToyInternVl(false).file(1), VisionOptions.DEFAULT, encoder -> {
            List<PreparedPicture.Piece> pieces = encoder.prepare(noise(16, 8)).pieces();
            assertEquals(BEGIN, pieces.getFirst());
            assertEquals(END, pieces.getLast());
            assertEquals(5, pieces.size());
            for (PreparedPicture.Block block : encoder.prepare(noise(16, 8)).blocks()) {
                assertEquals(4, block.tokens());
            }
            assertEquals(List.of("<img>", "</img>"), encoder.tokens());
            assertEquals("internvl", encoder.chatTemplate());
            return pieces;
        });
    }

    /// A picture of 24 by 16 pixels on tiles of 8, each view of 4 tokens.
    @ParameterizedTest
    @CsvSource({"0, 0, 7", "6, 0, 7", "5, 0, 5", "3, 0, 3", "1, 0, 1", "0, 28, 7", "0, 27, 5", "0, 12, 3", "0, 11, 1", "0, 1, 1", "2, 28, 3"})
    void limitsOfTilesAndTokens_areKept(int tiles, int tokens, int views) {
        VisionOptions options = new VisionOptions(-1, null, tiles, Preprocess.AUTHORS, 0, tokens);
        assertEquals(views, views(new ToyInternVl(false).file(1), options));
        assertEquals(List.of(), notes);
    }

    private int views(ToyFile file, VisionOptions options) {
        return with(file, options, encoder -> encoder.prepare(noise(24, 16)).blocks()).size();
    }

    @Test
    void whatDoesNotMatterOrIsNotSaid_isTold() {
        VisionOptions options = new VisionOptions(-1, Fit.SQUASH, 3, Preprocess.AUTHORS, 9, 0);
        ToyFile file = new ToyInternVl(false).file(1).withoutKey("clip.vision.preproc_max_tiles");
        assertEquals(1, views(file, options));
        assertEquals(
                List.of(
                        folder.resolve("mmproj.gguf") + ": no clip.vision.preproc_max_tiles; pictures are cut into 12 tiles at"
                                + " most, as in every published model",
                        "vision: a picture is one view; how many tiles are allowed does not matter",
                        "vision: every view of a picture takes 4 tokens; the fewest that are asked for do not matter"),
                notes);
    }

    static Stream<Arguments> wrongFiles() {
        return Stream.of(
                Arguments.of(
                        new ToyInternVl(false).file(1).key("clip.vision.preproc_min_tiles", 7),
                        "key clip.vision.preproc_min_tiles at byte 661: found 7, expected a number from 1 to 6"),
                Arguments.of(
                        new ToyInternVl(false).file(1).key("clip.vision.preproc_max_tiles", 257),
                        "key clip.vision.preproc_max_tiles at byte 616: found 257, expected a number from 1 to 256"),
                Arguments.of(
                        new ToyInternVl(false).file(1).key("clip.vision.projector.scale_factor", 3),
                        "key clip.vision.projector.scale_factor: found 3, expected a divisor of 4, the number of patches on a"
                                + " side of a view"),
                Arguments.of(
                        new ToyInternVl(false).file(1).withoutTensor("v.class_embd"),
                        "tensor v.class_embd: found nothing, expected a tensor; the file is incomplete, or it is not of the"
                                + " architecture that it names"),
                Arguments.of(
                        new ToyInternVl(false).file(1).matrix("mm.model.mlp.1.weight", 5, 6),
                        "tensor mm.model.mlp.1.weight: found shape [5, 6], expected shape [outputs, 24]"));
    }

    @ParameterizedTest
    @MethodSource("wrongFiles")
    void wrongFile_isRefused(ToyFile file, String message) {
        PeregrineException refused = assertThrows(
                PeregrineException.class, () -> with(file, VisionOptions.DEFAULT, ImageEncoder::dim));
        assertEquals(folder.resolve("mmproj.gguf") + ": " + message, refused.getMessage());
    }

    /// What docs/FAMILIES.md says of llama.cpp: its class token is the last row of the view, and the learned places stay in
    /// their order. With the places moved by one, which gives the class token the last one, our tower computes the
    /// same.
    @Test
    void placesMovedByOne_giveWhatLlamaCppGives() throws IOException {
        Fixture fixture = Fixture.of("vlm_internvl");
        VisionOptions options = new VisionOptions(-1, null, 0, Preprocess.LLAMA_CPP, 0, 0);
        Function<ImageEncoder, float[]> embedding = encoder -> {
            PreparedPicture picture = encoder.prepare(Image.read(fixture.path("image0.png")));
            return encoded(encoder, picture).getFirst().toArray();
        };
        float[] theirs = fixture.floats("compat.case0.image0.embd.f32");
        double tolerance = fixture.cases().get(0).get("tolerance").get("embedding_max_abs").doubleValue();
        Fixture.assertClose("moved", theirs, with(moved(fixture.path("mmproj.gguf")), options, embedding), tolerance);
        float[] ours = with(fixture.path("mmproj.gguf"), options, embedding);
        double apart = 0;
        for (int i = 0; i < ours.length; i++) {
            apart = Math.max(apart, Math.abs(ours[i] - theirs[i]));
        }
        assertTrue(apart > 1, "they differ by " + apart);
    }

    private Path moved(Path file) throws IOException {
        byte[] table;
        int row;
        try (GgufFile open = GgufFile.open(file)) {
            Tensor places = open.tensorOrNull("v.position_embd.weight");
            assertTrue(places != null);
            table = places.data().toArray(ValueLayout.JAVA_BYTE);
            row = (int) places.rowBytes();
        }
        byte[] turned = Arrays.copyOf(table, table.length);
        System.arraycopy(table, table.length - row, turned, 0, row);
        System.arraycopy(table, 0, turned, row, table.length - row);
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(new String(table, StandardCharsets.ISO_8859_1));
        System.arraycopy(turned, 0, bytes, at, turned.length);
        return Files.write(folder.resolve("moved.gguf"), bytes);
    }
}
