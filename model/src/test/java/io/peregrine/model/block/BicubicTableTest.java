package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.Fixture;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BicubicTableTest {

    /// The golden file holds both tables, the larger one made by PyTorch.
    @Test
    void threeToSix_asPyTorch() {
        try (GgufFile file = GgufFile.open(Fixture.of("qwen_vl").path("mmproj.gguf"))) {
            Weights weights = new Weights(file);
            float[] small = weights.table("resampler.pos_embed", 9, 64);
            float[] large = weights.table("resampler.pos_embed_k", 36, 64);
            Fixture.assertClose("table", large, BicubicTable.resize(small, 3, 6, 64), 1e-6);
        }
    }

    /// The weights of the four places around t = 0.25 are -0.10546875, 0.87890625, 0.26171875, -0.03515625; those
    /// outside are the border's.
    @Test
    void twoToFour_byHand() {
        float[] found = BicubicTable.resize(new float[] {0, 1, 2, 3}, 2, 4, 1);
        double near = 0.26171875 - 0.03515625;
        double far = -0.10546875;
        double[] across = {far, near, 1 - near, 1 - far};
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                assertEquals(across[x] + 2 * across[y], found[4 * y + x], 1e-6, "row " + y + ", column " + x);
            }
        }
    }

    @Test
    void sameSide_isACopy() {
        float[] table = Plain.random(new Random(3), 1, 25 * 7)[0];
        assertArrayEquals(table, BicubicTable.resize(table, 5, 5, 7));
    }

    @Test
    void smaller_isWithoutAntialias() {
        float[] line = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        assertArrayEquals(
                new float[] {0.59375f * 0.59375f, -0.59375f * 0.09375f, -0.59375f * 0.09375f, 0.09375f * 0.09375f},
                BicubicTable.resize(line, 4, 2, 1),
                1e-6f);
    }

    @Test
    void otherLength_isAnError() {
        assertEquals(
                "8 values for a grid of 2 by 2 rows of 3",
                assertThrows(IllegalArgumentException.class, () -> BicubicTable.resize(new float[8], 2, 4, 3))
                        .getMessage());
    }
}
