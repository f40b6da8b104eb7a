package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Preprocess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Row 51 of the catalogue through every family, in both ways of preparing pictures: a strip is refused in words before
/// anything is computed, or becomes the rows that were announced. Without the limits that files have
/// ([io.peregrine.model.image.ImageLimits]), which would refuse most of these.
class ExtremePictureTest {

    private static final int[][] SIZES = {{1, 1}, {1, 16_384}, {16_384, 1}, {52_800, 44}, {2, 400}};

    /// What is encoded, so that the test ends soon: tables of places are as long as the longest side.
    private static final int MOST_TOKENS = 200;

    /// Who refuses what, and why: lines of `FIXTURE: WAY SIZE: MESSAGE`.
    private static Set<String> refused(String fixture) throws IOException {
        try (InputStream in = ExtremePictureTest.class.getResourceAsStream("refused-strips.txt")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(fixture + ": "))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    static List<Path> fixtures() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("src/test/resources/fixtures"))) {
            return all.filter(folder -> Files.exists(folder.resolve("mmproj.gguf")))
                    .sorted()
                    .toList();
        }
    }

    @DisplayName("51 image-extreme-ratio")
    @ParameterizedTest
    @MethodSource("fixtures")
    void imageExtremeRatio_everyFamily(Path folder) throws IOException {
        String fixture = folder.getFileName().toString();
        Set<String> refused = new TreeSet<>();
        for (Preprocess way : Preprocess.values()) {
            try (GgufFile file = GgufFile.open(folder.resolve("mmproj.gguf"));
                    Workers workers = new Workers(2)) {
                VisionOptions options = new VisionOptions(-1, null, 0, way, 0, 0);
                ImageEncoder encoder = ImageEncoders.bind(file.metadata(), new Weights(file), options, note -> {});
                Pass pass = new Pass(new Compute(workers, true), () -> false);
                for (int[] size : SIZES) {
                    String what = way + " " + size[0] + " x " + size[1];
                    Image image = Image.of(new byte[3 * size[0] * size[1]], size[0], size[1]);
                    try {
                        check(what, encoder, pass, encoder.prepare(image));
                    } catch (ResourceLimitException e) {
                        refused.add(fixture + ": " + what + ": " + e.getMessage());
                    }
                }
            }
        }
        assertEquals(refused(fixture), refused);
    }

    private static void check(String what, ImageEncoder encoder, Pass pass, PreparedPicture picture) {
        List<PreparedPicture.Block> blocks = picture.blocks();
        int tokens = blocks.stream().mapToInt(PreparedPicture.Block::tokens).sum();
        if (tokens > MOST_TOKENS) {
            return;
        }
        List<Rows> encoded = encoder.encode(pass, picture);
        assertEquals(blocks.size(), encoded.size(), what);
        for (int i = 0; i < blocks.size(); i++) {
            Rows rows = encoded.get(i);
            assertEquals(blocks.get(i).tokens(), rows.rows(), what);
            for (int at = 0; at < rows.elements(); at++) {
                assertTrue(Float.isFinite(rows.data()[at]), what);
            }
        }
    }
}
