package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.PeregrineException;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyLlama;
import io.peregrine.model.ToyOsprey;
import io.peregrine.model.image.Fit;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Osprey files that are damaged or not what they say.
class OspreyTest {

    private static final String INCOMPLETE =
            "; the file is incomplete, or it is not of the architecture that it names";

    @TempDir
    private Path folder;

    private static Arguments row(String name, UnaryOperator<ToyFile> change, String message) {
        return Arguments.of(name, change, message);
    }

    static List<Arguments> badFile_isRefused() {
        return List.of(
                row(
                        "no stages",
                        f -> f.withoutKey("clip.vision.stage.block_count"),
                        "key clip.vision.stage.block_count: found nothing, expected 1 to 8 numbers from 1 to 1024"),
                row(
                        "stages of no number",
                        f -> f.key("clip.vision.stage.block_count", new int[0]),
                        "key clip.vision.stage.block_count: found 0 numbers, expected 1 to 8 numbers from 1 to 1024"),
                row(
                        "too many stages",
                        f -> f.key("clip.vision.stage.embedding_length", new int[100_000]),
                        "key clip.vision.stage.embedding_length: found 100000 numbers, expected 1 to 8 numbers from 1 to"
                                + " 1048576"),
                row(
                        "a stage without blocks",
                        f -> f.key("clip.vision.stage.block_count", new int[] {3, 0}),
                        "key clip.vision.stage.block_count: found [3, 0], expected 1 to 8 numbers from 1 to 1024"),
                row(
                        "negative width",
                        f -> f.key("clip.vision.stage.embedding_length", new int[] {-6, 8}),
                        "key clip.vision.stage.embedding_length: found [-6, 8], expected 1 to 8 numbers from 1 to 1048576"),
                row(
                        "more depths than widths",
                        f -> f.key("clip.vision.stage.block_count", new int[] {1, 1, 1}),
                        "key clip.vision.stage.block_count: found [1, 1, 1], expected as many as"
                                + " clip.vision.stage.embedding_length, which has 2"),
                row(
                        "blocks do not add up",
                        f -> f.key("clip.vision.stage.block_count", new int[] {1, 3}),
                        "key clip.vision.stage.block_count: found [1, 3], expected a sum of clip.vision.block_count, which"
                                + " is 3"),
                row(
                        "width of the token stage",
                        f -> f.key("clip.vision.token_stage", 0),
                        "key clip.vision.stage.embedding_length: found [6, 8], expected clip.vision.embedding_length,"
                                + " which is 8, for stage 0"),
                row(
                        "token stage beyond the last",
                        f -> f.key("clip.vision.token_stage", 2),
                        "key clip.vision.token_stage at byte 691: found 2, expected a number from 0 to 1"),
                row(
                        "mask of 2^20",
                        f -> f.key("clip.vision.region.mask_size", 1 << 20),
                        "key clip.vision.region.mask_size at byte 730: found 1048576, expected a number from 1 to 1024"),
                row(
                        "mask of another size",
                        f -> f.key("clip.vision.region.mask_size", 5),
                        "tensor mm.region.pos.0.weight: found shape [7, 16], expected shape [outputs, 25]"),
                row(
                        "picture that does not divide",
                        f -> f.key("clip.vision.image_size", 18),
                        "key clip.vision.image_size: found 18, expected a multiple of 4, the pixels on a side of a place of"
                                + " stage 1"),
                row(
                        "picture too large",
                        f -> f.key("clip.vision.image_size", 16_384),
                        "key clip.vision.image_size: found 16384, expected at most 134217728 numbers in a map, stage 0 needs"
                                + " 1610612736"),
                row(
                        "even kernel",
                        f -> f.tensor("v.stage.1.blk.0.dw.weight", 0, 1, 8, 1, 4, 4),
                        "tensor v.stage.1.blk.0.dw.weight: found shape [8, 1, 4, 4], expected shape [8, 1, size, size] with"
                                + " an odd size up to 31"),
                row(
                        "kernel that is not square",
                        f -> f.tensor("v.stage.1.blk.0.dw.weight", 0, 1, 8, 1, 3, 5),
                        "tensor v.stage.1.blk.0.dw.weight: found shape [8, 1, 3, 5], expected shape [8, 1, size, size] with"
                                + " an odd size up to 31"),
                row(
                        "kernel over all channels",
                        f -> f.tensor("v.stage.1.blk.0.dw.weight", 0, 1, 8, 8, 3, 3),
                        "tensor v.stage.1.blk.0.dw.weight: found shape [8, 8, 3, 3], expected shape [8, 1, size, size] with"
                                + " an odd size up to 31"),
                row(
                        "windows that are not square",
                        f -> f.tensor("v.stage.1.down.conv.weight", 0, 1, 8, 6, 1, 2),
                        "tensor v.stage.1.down.conv.weight: found shape [8, 6, 1, 2], expected shape [8, 6, 2, 2]"),
                row(
                        "no layer scale",
                        f -> f.withoutTensor("v.stage.1.blk.1.ls.weight"),
                        "tensor v.stage.1.blk.1.ls.weight: found nothing, expected shape [8]" + INCOMPLETE),
                row(
                        "level missing",
                        f -> f.withoutTensor("mm.region.level.1.weight"),
                        "tensor mm.region.level.1.weight: found nothing, expected shape [5, 8]" + INCOMPLETE),
                row(
                        "levels of different widths",
                        f -> f.matrix("mm.region.level.1.weight", 6, 8),
                        "tensor mm.region.level.1.weight: found shape [6, 8], expected shape [5, 8]"),
                row(
                        "region of another width than the picture",
                        f -> f.matrix("mm.region.pos.2.weight", 31, 9),
                        "tensor mm.region.pos.2.weight: found shape [31, 9], expected shape [32, 9]"));
    }

    @ParameterizedTest
    @MethodSource
    void badFile_isRefused(String name, UnaryOperator<ToyFile> change, String message) {
        assertRefused(change, LoadOptions.defaults(), message);
    }

    @Test
    void pictureFittedOtherwise_isRefused() {
        assertRefused(
                f -> f,
                LoadOptions.defaults().withFit(Fit.CROP),
                "another fit of pictures (CROP) is not supported; supported: stretching, as regions are");
        assertRefused(
                f -> f,
                LoadOptions.defaults().withFeatureLayer(1),
                "another feature layer (1) is not supported; supported: clip.vision.token_stage");
    }

    private void assertRefused(UnaryOperator<ToyFile> change, LoadOptions options, String message) {
        Path text = ToyLlama.usual().file(1).write(folder.resolve("toy.gguf"));
        Path vision = change.apply(ToyOsprey.file(2, 32)).write(folder.resolve("mmproj.gguf"));
        PeregrineException error = assertThrows(
                PeregrineException.class,
                () -> Model.load(text, options.withMmproj(vision)).close());
        assertEquals("mmproj.gguf: " + message, String.valueOf(error.getMessage()).replace(folder + "/", ""));
    }
}
