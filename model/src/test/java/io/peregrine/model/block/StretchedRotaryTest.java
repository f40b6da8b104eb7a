package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.kernels.Rope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The numbers of Qwen-7B: 128 elements of a head, trained for 2048 tokens.
class StretchedRotaryTest {

    private static StretchedRotary rotary(boolean ntk, boolean logn) {
        return new StretchedRotary(Rope.NEOX, 128, 10000, 1, 2048, ntk, logn);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 10000", "1024, 1, 10000", "2047, 1, 10000", "2048, 1, 10000", "2049, 3, 30527.7", "4096, 3, 30527.7",
        "4097, 7, 72195.9", "8192, 7, 72195.9", "8193, 15, 156588.3"
    })
    void promptLength_givesTheBase(int length, int alpha, double base) {
        int variant = rotary(true, true).variant(length);
        assertEquals(alpha, StretchedRotary.alpha(variant));
        assertEquals(base, rotary(true, true).base(variant), 0.05);
    }

    /// `2^ceil(log2(length / trained) + 1) - 1`, as the original has it.
    @Test
    void alpha_isThatOfTheFormula() {
        for (int length = 1; length <= 5 * 2048; length++) {
            double exponent = Math.ceil(Math.log(length / 2048.0) / Math.log(2) + 1);
            double expected = Math.max(1, Math.pow(2, exponent) - 1);
            assertEquals(expected, StretchedRotary.alpha(rotary(true, true).variant(length)), "length " + length);
        }
    }

    @Test
    void longestPrompt_hasABase() {
        StretchedRotary rotary = new StretchedRotary(Rope.NEOX, 128, 10000, 1, 2, true, true);
        int variant = rotary.variant(Integer.MAX_VALUE);
        assertEquals((1L << 31) - 1, StretchedRotary.alpha(variant));
        assertEquals(10000 * Math.pow((1L << 31) - 1, 128 / 126.0), rotary.base(variant), 1);
    }

    @Test
    void withoutNtk_thereIsOneVariant() {
        assertEquals(0, rotary(false, true).variant(1 << 20));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2048, 1", "2049, 1.000064", "4096, 1.090909", "8192, 1.181818"})
    void queryAtAPlace_isMultipliedBy(int place, float factor) {
        assertEquals(factor, rotary(false, true).queryFactor(place - 1), 1e-6);
        assertEquals(1, rotary(true, false).queryFactor(place - 1));
    }
}
