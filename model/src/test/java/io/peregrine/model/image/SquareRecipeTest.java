package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Views equal to those of the reference implementations (`views/README.md`).
class SquareRecipeTest {

    @ParameterizedTest
    @CsvSource({"llava15-wide, PAD", "llava15-tall, PAD", "clip-wide, CROP", "clip-tall, CROP", "minigpt4, SQUASH"})
    void apply_picture_givesTheGoldenView(String name, Fit fit) {
        Image image = Image.read(Resources.bytes("views/" + name + ".png"));
        Pixels view = new SquareRecipe(56, fit, Resampling.BICUBIC, Normalisation.CLIP).apply(image);
        assertEquals(56, view.width());
        assertEquals(56, view.height());
        assertArrayEquals(Resources.floats("views/" + name + ".f32"), view.values(), 2e-7f);
    }

    /// The steps of Fuyu: within 60 x 40, bilinear, filled up to whole patches with 1 of 255 on the right and
    /// below.
    @Test
    void stepsByHand_picture_giveTheGoldenView() {
        Image image = Image.read(Resources.bytes("views/fuyu.png"));
        Image view = image.resized(60, 32, Resampling.BILINEAR).placed(60, 40, 0, 0, 0x010101);
        float[] half = {0.5f, 0.5f, 0.5f};
        assertArrayEquals(
                Resources.floats("views/fuyu.f32"),
                new Normalisation(half, half).apply(view).values(),
                2e-7f);
    }

    @Test
    void meanColour_ofClip_isThePaddingOfLlava() {
        assertEquals(122 << 16 | 116 << 8 | 104, Normalisation.CLIP.meanColour());
    }

    @Test
    void normalisation_withoutSpread_isRefused() {
        float[] mean = {0.5f, 0.5f, 0.5f};
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> new Normalisation(mean, new float[] {0.5f, 0, 0.5f}));
        assertEquals(
                "mean and std of channel 1 are 0.5 and 0.0, expected finite numbers and std above 0", e.getMessage());
        e = assertThrows(IllegalArgumentException.class, () -> new Normalisation(mean, new float[2]));
        assertEquals("mean and std have 3 and 2 values, expected 3 each", e.getMessage());
    }
}
