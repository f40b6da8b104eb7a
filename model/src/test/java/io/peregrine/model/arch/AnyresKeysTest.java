package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyLlava;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What LLaVA files say about tiles. The toys have views of 8 x 8 pixels and 2 x 2 patches.
class AnyresKeysTest {

    private static final String PINPOINTS = "clip.vision.image_grid_pinpoints";
    private static final Image WIDE = Image.of(new byte[3 * 32 * 8], 32, 8);

    @TempDir
    private Path folder;

    private final List<String> notes = new ArrayList<>();

    private static ToyFile anyres(int... pinpoints) {
        return ToyLlava.file(3, 16)
                .key("clip.vision.feature_layer", new int[] {2})
                .key("clip.vision.image_aspect_ratio", "anyres")
                .key("clip.vision.mm_patch_merge_type", "spatial_unpad")
                .key(PINPOINTS, pinpoints)
                .vector("v.image_newline", 0, 16);
    }

    /// The block that a file makes of the wide picture.
    private PreparedPicture.Block block(ToyFile toy, VisionOptions options) {
        try (GgufFile file = GgufFile.open(toy.write(folder.resolve("mmproj.gguf")))) {
            ImageEncoder encoder = ImageEncoders.bind(file.metadata(), new Weights(file), options, notes::add);
            return encoder.prepare(WIDE).blocks().getFirst();
        }
    }

    private void assertBlock(int views, int tokens, PreparedPicture.Block block) {
        assertEquals(List.of(views, tokens), List.of(block.views().size(), block.tokens()));
    }

    @Test
    void tiles_areThoseOfTheBestCanvas() {
        assertBlock(1 + 4, 4 + 2 * 9, block(anyres(8, 8, 32, 8, 16, 16), VisionOptions.DEFAULT));
        assertEquals(List.of("vision: features after block 2 of 2 (by clip.vision.feature_layer)"), notes);
    }

    @Test
    void newline_ofTheLegacyConverter_isTaken() {
        ToyFile toy = anyres(32, 8).withoutTensor("v.image_newline").vector("model.image_newline", 0, 16);
        assertBlock(5, 22, block(toy, VisionOptions.DEFAULT));
    }

    @Test
    void maxTiles_leavesSmallerCanvases() {
        ToyFile toy = anyres(8, 8, 32, 8, 16, 16);
        assertBlock(1 + 1, 4, block(toy, new VisionOptions(-1, null, 3))); // thinner than a cell of that tile
        assertBlock(1 + 4, 4 + 2 * 9, block(toy, new VisionOptions(-1, null, 4)));
    }

    @Test
    void maxTiles_lessThanAnyCanvas_isAnError() {
        assertEquals(
                folder.resolve("mmproj.gguf")
                        + ": key clip.vision.image_grid_pinpoints: found canvases of 2 tiles and more, expected one of at"
                        + " most 1, the most tiles asked for; allow more tiles, or choose how the picture becomes a single"
                        + " square",
                assertThrows(PeregrineException.class, () -> block(anyres(32, 8, 8, 16), new VisionOptions(-1, null, 1)))
                        .getMessage());
    }

    @Test
    void maxTiles_ofAFileWithoutTiles_isTold() {
        ToyFile toy = ToyLlava.file(3, 16).key("clip.vision.feature_layer", new int[] {2});
        assertBlock(1, 4, block(toy, new VisionOptions(-1, null, 1)));
        assertEquals(
                List.of(
                        "vision: features after block 2 of 2 (by clip.vision.feature_layer)",
                        "vision: a picture is one view; how many tiles are allowed does not matter"),
                notes);
    }

    @Test
    void fit_makesOneViewWithANewlineBehindIt() {
        assertBlock(1, 5, block(anyres(32, 8), new VisionOptions(-1, Fit.PAD, 0)));
    }

    @Test
    void flat_hasNoNewlines() {
        ToyFile toy = anyres(32, 8).key("clip.vision.mm_patch_merge_type", "flat");
        assertBlock(5, 5 * 4, block(toy, VisionOptions.DEFAULT));
        assertBlock(1, 4, block(toy, new VisionOptions(-1, Fit.PAD, 0)));
    }

    @Test
    void whatTheFileLeavesOpen_isTold() {
        ToyFile toy = anyres(32, 8)
                .withoutKey("clip.vision.mm_patch_merge_type")
                .withoutKey("clip.vision.image_aspect_ratio");
        assertBlock(5, 5 * 4, block(toy, VisionOptions.DEFAULT));
        assertEquals(
                List.of(
                        "vision: features after block 2 of 2 (by clip.vision.feature_layer)",
                        "vision: pictures are cut into tiles (clip.vision.image_grid_pinpoints, and no"
                                + " clip.vision.image_aspect_ratio)",
                        "vision: the views of a picture follow each other (flat: no clip.vision.mm_patch_merge_type)"),
                notes);
    }

    @Test
    void aspectRatioPad_winsOverCanvases() {
        assertBlock(
                1, 5, block(anyres(32, 8).key("clip.vision.image_aspect_ratio", "pad"), VisionOptions.DEFAULT));
    }

    private record Bad(String name, ToyFile file, String message) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static List<Bad> bad() {
        String where = "key clip.vision.image_grid_pinpoints: found ";
        String counts = ", expected widths and heights of 1 to 256 canvases";
        String sizes = " pixels, expected 1 to 64 tiles of 8 x 8 pixels, the clip.vision.image_size, at most 16384 pixels on a side";
        return List.of(
                new Bad("none", anyres(8, 8).withoutKey(PINPOINTS), where + "nothing" + counts),
                new Bad("empty", anyres(), where + "0 numbers" + counts),
                new Bad("odd count", anyres(8, 8, 8), where + "3 numbers" + counts),
                new Bad("too many", anyres(new int[514]), where + "514 numbers" + counts),
                new Bad("zero", anyres(8, 8, 0, 8), where + "a canvas of 0 x 8" + sizes),
                new Bad("negative", anyres(8, -8), where + "a canvas of 8 x -8" + sizes),
                new Bad("not a multiple", anyres(8, 12), where + "a canvas of 8 x 12" + sizes),
                new Bad("too many tiles", anyres(8, 8 * 65), where + "a canvas of 8 x 520" + sizes),
                new Bad(
                        "absurd",
                        anyres(1 << 30, 1 << 30),
                        where + "a canvas of 1073741824 x 1073741824" + sizes),
                new Bad(
                        "too wide",
                        anyres(512 * 33, 512)
                                .key("clip.vision.image_size", 512)
                                .key("clip.vision.patch_size", 256)
                                .withoutTensor("v.patch_embd.weight")
                                .tensor("v.patch_embd.weight", 0, 1, 16, 3, 256, 256),
                        where + "a canvas of 16896 x 512" + sizes.replace("8 x 8", "512 x 512")),
                new Bad(
                        "newline missing",
                        anyres(8, 8).withoutTensor("v.image_newline"),
                        "tensor model.image_newline: found nothing, expected shape [16]; the file is incomplete, or it is"
                                + " not of the architecture that it names"),
                new Bad(
                        "newline too short",
                        anyres(8, 8).withoutTensor("v.image_newline").vector("v.image_newline", 0, 15),
                        "tensor v.image_newline: found shape [15], expected shape [16]"),
                new Bad(
                        "merge type",
                        anyres(8, 8).key("clip.vision.mm_patch_merge_type", "spatial"),
                        "clip.vision.mm_patch_merge_type 'spatial' is not supported; supported: flat, spatial_unpad"),
                new Bad(
                        "aspect ratio",
                        anyres(8, 8).key("clip.vision.image_aspect_ratio", "anyres_max_9"),
                        "clip.vision.image_aspect_ratio 'anyres_max_9' is not supported; supported: pad, square, anyres"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void badFile_isRefused(Bad bad) {
        assertEquals(
                folder.resolve("mmproj.gguf") + ": " + bad.message,
                assertThrows(PeregrineException.class, () -> block(bad.file, VisionOptions.DEFAULT))
                        .getMessage());
    }
}
