package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyLlava;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import io.peregrine.model.image.Resampling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// SigLIP towers before an `mlp` projector: Moondream2, and Granite Vision. Golden cases of the first are in
/// [io.peregrine.model.TraceGoldenTest].
class SiglipTest {

    private static final VisionOptions LLAMA_CPP = new VisionOptions(-1, null, 0, Preprocess.LLAMA_CPP, 0, 0);

    private static final Normalisation HALF =
            new Normalisation(new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f, 0.5f});

    @TempDir
    private Path folder;

    private final List<String> notes = new ArrayList<>();

    /// A tower without class token, of 2 blocks.
    private static ToyFile siglip() {
        return ToyLlava.file(7, 16)
                .withoutTensor("v.class_embd")
                .withoutTensor("v.pre_ln.weight")
                .withoutTensor("v.pre_ln.bias")
                .matrix("v.position_embd.weight", ToyLlava.TOKENS, 16)
                .key("clip.use_gelu", true);
    }

    private static ToyFile moondream() {
        return siglip().vector("v.post_ln.weight", 1, 16).vector("v.post_ln.bias", 0, 16);
    }

    private <T> T with(ToyFile file, VisionOptions options, Function<ImageEncoder, T> what) {
        try (GgufFile open = GgufFile.open(file.write(folder.resolve("mmproj.gguf")))) {
            return what.apply(ImageEncoders.bind(open.metadata(), new Weights(open), options, notes::add));
        }
    }

    /// Left half red, right half blue.
    private static Image picture(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            rgb[3 * i + (i % width < width / 2 ? 0 : 2)] = (byte) 255;
        }
        return Image.of(rgb, width, height);
    }

    private static Pixels view(ImageEncoder encoder, Image image) {
        PreparedPicture prepared = encoder.prepare(image);
        assertEquals(1, prepared.pieces().size(), "no marks");
        PreparedPicture.Block block = prepared.blocks().getFirst();
        assertEquals(ToyLlava.TOKENS, block.tokens());
        return block.views().getFirst();
    }

    private Map<String, float[]> traced(ToyFile file) {
        return with(file, VisionOptions.DEFAULT, encoder -> {
            Map<String, float[]> found = new HashMap<>();
            try (Workers workers = new Workers(1)) {
                Pass pass = new Pass(new Compute(workers, true), () -> false);
                pass.traceTo((name, layer, rows) -> found.put(name + layer, rows.toArray()));
                found.put("out", encoder.encode(pass, encoder.prepare(picture(8, 8))).getFirst().toArray());
            }
            return found;
        });
    }

    private static float[] of(Map<String, float[]> found, String name) {
        return Objects.requireNonNull(found.get(name), name);
    }

    /// `Resize(size=(378, 378), interpolation=BICUBIC)` on a PIL picture, in `moondream/vision_encoder.py` of April 2024.
    @Test
    void moondream_authors_squeezesPictures() {
        Image wide = picture(40, 10);
        Pixels found = with(moondream(), VisionOptions.DEFAULT, encoder -> view(encoder, wide));
        assertArrayEquals(
                HALF.apply(wide.resized(8, 8, Resampling.BICUBIC)).values(), found.values());
        assertEquals(List.of(1f, -1f, -1f), corner(found, 0, 0), "red");
        assertEquals(List.of(-1f, -1f, 1f), corner(found, 7, 7), "blue");
    }

    @Test
    void moondream_llamaCpp_keepsTheShape() {
        Pixels found = with(moondream(), LLAMA_CPP, encoder -> view(encoder, picture(40, 10)));
        List<Float> rest = List.of((122 / 255f - 0.5f) / 0.5f, (116 / 255f - 0.5f) / 0.5f, (104 / 255f - 0.5f) / 0.5f);
        for (int c = 0; c < 3; c++) {
            assertEquals(rest.get(c), corner(found, 0, 2).get(c), 1e-6f, "above");
            assertEquals(rest.get(c), corner(found, 7, 5).get(c), 1e-6f, "below");
        }
        assertEquals(List.of(1f, -1f, -1f), corner(found, 0, 3), "red");
        assertEquals(List.of(-1f, -1f, 1f), corner(found, 7, 4), "blue");
    }

    @Test
    void moondream_fitAskedFor_isTaken() {
        VisionOptions options = new VisionOptions(-1, Fit.CROP);
        Pixels found = with(moondream(), options, encoder -> view(encoder, picture(40, 8)));
        assertArrayEquals(
                HALF.apply(picture(40, 8).cropped(16, 0, 8, 8)).values(), found.values());
    }

    private static List<Float> corner(Pixels view, int x, int y) {
        int at = 3 * (y * view.width() + x);
        return List.of(view.values()[at], view.values()[at + 1], view.values()[at + 2]);
    }

    @Test
    void moondream_saysWhatItDoes() {
        String template = with(moondream(), new VisionOptions(-1, null, 3), ImageEncoder::chatTemplate);
        assertEquals("moondream", template);
        assertEquals(
                List.of(
                        "vision: features after block 1 of 2 (all stored blocks but the last: a post-norm or no class token,"
                                + " and no clip.vision.feature_layer); with the norm v.post_ln",
                        "vision: a picture is one view of 4 tokens; how many tiles or tokens are asked for does not matter"),
                notes);
    }

    /// The authors' converter writes the places as the checkpoint has them.
    @Test
    void moondream_placesWithALeadingAxis_areTheSame() {
        ToyFile plain = moondream();
        float[] expected = of(traced(plain), "out");
        ToyFile led = moondream().tensor("v.position_embd.weight", 0, 1, 1, ToyLlava.TOKENS, 16);
        System.arraycopy(
                plain.weights("v.position_embd.weight"), 0, led.weights("v.position_embd.weight"), 0, ToyLlava.TOKENS * 16);
        assertArrayEquals(expected, of(traced(led), "out"));
    }

    /// What Granite Vision's projector sees: hidden states of several depths side by side, without a norm even if the file
    /// has one.
    @Test
    void severalFeatureLayers_areSideBySideAsTheyAre() {
        ToyFile file = moondream()
                .key("clip.vision.feature_layer", new int[] {0, 1, 2})
                .matrix("mm.0.weight", 16, 48);
        Map<String, float[]> found = traced(file);
        float[] features = of(found, "v.features0");
        List<String> states = List.of("v.embd-1", "l_out0", "l_out1");
        for (int row = 0; row < ToyLlava.TOKENS; row++) {
            for (int part = 0; part < 3; part++) {
                int at = row * 48 + part * 16;
                assertArrayEquals(
                        Arrays.copyOfRange(of(found, states.get(part)), row * 16, (row + 1) * 16),
                        Arrays.copyOfRange(features, at, at + 16));
            }
        }
        assertEquals(
                List.of("vision: features after block 0, 1, 2 of 2 (by clip.vision.feature_layer)"), notes);
    }

    /// Views of the size of a tile, a canvas, and a newline behind each of its lines: LLaVA-1.6's tiles.
    @Test
    void tilesOfASiglipTower_areJoined() {
        ToyFile file = siglip()
                .key("clip.vision.feature_layer", new int[] {1, 2})
                .matrix("mm.0.weight", 16, 32)
                .key("clip.vision.image_grid_pinpoints", new int[] {16, 8, 8, 16})
                .key("clip.vision.mm_patch_merge_type", "spatial_unpad")
                .vector("v.image_newline", 0, 16);
        int rows = with(file, VisionOptions.DEFAULT, encoder -> {
            try (Workers workers = new Workers(1)) {
                Pass pass = new Pass(new Compute(workers, true), () -> false);
                Rows embedding = encoder.encode(pass, encoder.prepare(picture(32, 16))).getFirst();
                return embedding.rows();
            }
        });
        assertEquals(4 + 2 * (4 + 1), rows, "the whole, then two lines of four patches with a newline each");
    }
}
