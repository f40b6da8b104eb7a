package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Views are those that llama.cpp (3f545bec) made of the same pictures: `case*.view*.f32` of the golden
/// cases, which are normalised. A sample that were off by one in 8 bits would be off by more than 0.01.
class LlamaViewsTest {

    private static final int BLACK = 0;
    private static final Normalisation HALF =
            new Normalisation(new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f, 0.5f});
    private static final Normalisation IMAGENET =
            new Normalisation(new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f});

    @Test
    void dynamicSize_bilinear_isLetterboxed() {
        dynamic("qwen2vl", 0, SmartResize.ofTokens(16, 8, 4096), new Size(64, 48), Normalisation.CLIP);
        dynamic("qwen2vl", 1, SmartResize.ofTokens(16, 8, 4096), new Size(80, 48), Normalisation.CLIP);
        dynamic("pixtral", 0, SmartResize.ofTokens(8, 8, 1024), new Size(48, 32), Normalisation.CLIP);
        dynamic("pixtral", 1, SmartResize.ofTokens(8, 8, 1024), new Size(48, 32), Normalisation.CLIP);
    }

    @Test
    void dynamicSize_bilinear_isStretchedForLfm2() {
        Image picture = picture("lfm2", 1);
        Size size = SmartResize.ofTokens(8, 64, 256).llamaCpp(picture.width(), picture.height());
        assertEquals(new Size(112, 72), size);
        same("lfm2", 1, 0, picture.resized(size.width(), size.height(), Resampling.LLAMA_BILINEAR), HALF);
    }

    private static void dynamic(String name, int index, SmartResize rule, Size expected, Normalisation normalisation) {
        Image picture = picture(name, index);
        Size size = rule.llamaCpp(picture.width(), picture.height());
        assertEquals(expected, size);
        Image view =
                picture.letterboxed(size.width(), size.height(), Letterbox.CEIL, BLACK, Resampling.LLAMA_BILINEAR);
        same(name, index, 0, view, normalisation);
    }

    @Test
    void square_bilinear_isLetterboxedOnBlack() {
        Image view = picture("gemma3", 1).letterboxed(64, 64, Letterbox.CEIL, BLACK, Resampling.LLAMA_BILINEAR);
        same("gemma3", 1, 0, view, HALF);
    }

    @Test
    void square_bicubic_isLetterboxedOnAColour() {
        Image view = picture("moondream", 1).letterboxed(48, 48, Letterbox.CEIL, 0x7A7468, Resampling.LLAMA_BICUBIC);
        same("moondream", 1, 0, view, HALF);
    }

    @Test
    void tiles_ofTheLongestEdge_areThoseOfIdefics3() {
        LongestEdge rule = new LongestEdge(128, new SmartResize(64, 0, SmartResize.NO_LIMIT));
        for (int index = 0; index < 3; index++) {
            Image picture = picture("idefics3", index);
            Size size = rule.llamaCpp(picture.width(), picture.height());
            assertEquals(new Size(128, 128), size);
            tiles("idefics3", index, size, 64, 64, 0, HALF);
            same("idefics3", index, 4, picture.resized(64, 64, Resampling.LLAMA_BILINEAR), HALF);
        }
    }

    @Test
    void tiles_ofAGrid_areThoseOfInternVl() {
        tiles("internvl", 1, new Size(96, 64), 32, 32, 0, IMAGENET);
        same("internvl", 1, 6, picture("internvl", 1).resized(32, 32, Resampling.LLAMA_BILINEAR), IMAGENET);
    }

    @Test
    void slices_ofAGrid_areThoseOfMiniCpm() {
        same("minicpmv", 1, 0, picture("minicpmv", 1).resized(40, 24, Resampling.LLAMA_BILINEAR), HALF);
        tiles("minicpmv", 1, new Size(48, 40), 24, 40, 1, HALF);
    }

    private static void tiles(
            String name, int index, Size size, int width, int height, int first, Normalisation normalisation) {
        Image whole = picture(name, index)
                .letterboxed(size.width(), size.height(), Letterbox.CEIL, BLACK, Resampling.LLAMA_BICUBIC);
        int tile = first;
        for (int top = 0; top < size.height(); top += height) {
            for (int left = 0; left < size.width(); left += width) {
                same(name, index, tile++, whole.cropped(left, top, width, height), normalisation);
            }
        }
    }

    private static Image picture(String name, int index) {
        return Image.read(file(name, "image" + index + ".png"));
    }

    /// Case `index` shows picture `index`.
    private static void same(String name, int index, int view, Image found, Normalisation normalisation) {
        float[] expected = floats(file(name, "case" + index + ".image" + view + ".view0.f32"));
        assertArrayEquals(expected, normalisation.apply(found).values(), 1e-5f);
    }

    private static Path file(String name, String file) {
        return Path.of("src/test/resources/fixtures", "vlm_" + name, file);
    }

    private static float[] floats(Path file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            float[] values = new float[bytes.remaining() / Float.BYTES];
            bytes.asFloatBuffer().get(values);
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
