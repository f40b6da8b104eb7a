package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ResourceLimitException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StretchRecipeTest {

    private static final StretchRecipe RECIPE = new StretchRecipe(4, Resampling.BICUBIC, Normalisation.CLIP);

    @Test
    void square_isOnlyNormalised() {
        Image picture = picture(4, 4);
        assertArrayEquals(Normalisation.CLIP.apply(picture).values(), RECIPE.apply(picture).values());
    }

    /// A picture of twice the height: every second row of the result lies between two rows of the source.
    @Test
    void tall_isSqueezedWithoutAntialiasing() {
        Image picture = picture(4, 8);
        float[] source = Normalisation.CLIP.apply(picture).values();
        float[] found = RECIPE.apply(picture).values();
        for (int y = 0; y < 4; y++) {
            for (int i = 0; i < 12; i++) {
                assertEquals((source[24 * y + i] + source[24 * y + 12 + i]) / 2, found[12 * y + i], 1e-6);
            }
        }
    }

    @Test
    void larger_isFirstResizedToItsShorterSide() {
        Image picture = picture(30, 17);
        Image shorter = picture.resized(7, 4, Resampling.BICUBIC);
        assertArrayEquals(RECIPE.apply(shorter).values(), RECIPE.apply(picture).values());
    }

    @Test
    void tooLong_isRefused() {
        assertEquals(4 * 4 * 3, RECIPE.apply(picture(3, 96)).values().length);
        assertEquals(
                "ratio of the picture's sides: 97 x 3 pixels exceeds the limit of 32:1; show a part of the picture",
                assertThrows(ResourceLimitException.class, () -> RECIPE.apply(picture(97, 3)))
                        .getMessage());
    }

    private static Image picture(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(1).nextBytes(rgb);
        return Image.of(rgb, width, height);
    }
}
