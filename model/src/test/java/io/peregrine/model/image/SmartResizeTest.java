package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ResourceLimitException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sizes by the published rules, worked out with them in Python (`authors` in f64) and NumPy (`llama.cpp` in
/// f32).
class SmartResizeTest {

    private static final SmartResize QWEN = new SmartResize(28, 56 * 56, 28 * 28 * 1280);
    private static final SmartResize LFM2 = SmartResize.ofTokens(32, 64, 256);

    @ParameterizedTest
    @CsvSource({
        "640, 480, 644, 476, 644, 476",
        "1280, 960, 1148, 840, 1148, 840",
        "4000, 3000, 1148, 840, 1148, 840",
        "42, 70, 56, 56, 56, 84",
        "98, 126, 112, 112, 112, 140",
        "28, 28, 56, 56, 56, 56",
        "1, 1, 56, 56, 56, 56",
        "10, 1000, 28, 560, 28, 1008",
        "1000, 10, 560, 28, 1008, 28",
        "1, 200, 28, 812, 28, 196",
        "50, 33, 84, 56, 84, 56",
        "1001, 1001, 980, 980, 980, 980",
        "1920, 1080, 1316, 728, 1316, 728",
        "12000, 61, 12012, 56, 12012, 56"
    })
    void qwen(int width, int height, int authorsWidth, int authorsHeight, int llamaWidth, int llamaHeight) {
        assertEquals(new Size(authorsWidth, authorsHeight), QWEN.qwen(width, height));
        assertEquals(new Size(llamaWidth, llamaHeight), QWEN.llamaCpp(width, height));
    }

    @ParameterizedTest
    @CsvSource({
        "640, 480, 576, 416, 576, 416",
        "1024, 600, 640, 384, 640, 384",
        "512, 512, 512, 512, 512, 512",
        "48, 80, 224, 352, 224, 352",
        "1, 1, 256, 256, 256, 256",
        "1, 100, 32, 2560, 32, 2560",
        "16000, 81, 7168, 32, 7168, 32",
        "333, 777, 320, 768, 320, 768",
        "720, 720, 512, 512, 512, 512"
    })
    void lfm2(int width, int height, int authorsWidth, int authorsHeight, int llamaWidth, int llamaHeight) {
        assertEquals(new Size(authorsWidth, authorsHeight), LFM2.lfm2(width, height));
        assertEquals(new Size(llamaWidth, llamaHeight), LFM2.llamaCpp(width, height));
    }

    @ParameterizedTest
    @CsvSource({
        "640, 480, 644, 504, 1540, 1176",
        "1540, 1540, 1540, 1540, 1540, 1540",
        "1541, 1000, 1540, 1008, 1540, 1008",
        "3000, 2000, 1540, 1036, 1540, 1036",
        "1, 1, 28, 28, 1540, 1540",
        "1, 16384, 28, 1540, 28, 1540",
        "16384, 1, 1540, 28, 1540, 28",
        "29, 28, 56, 28, 1540, 1512",
        "1000, 1400, 1008, 1400, 1120, 1540",
        "1700, 2200, 1204, 1540, 1204, 1540"
    })
    void longestEdge(int width, int height, int authorsWidth, int authorsHeight, int llamaWidth, int llamaHeight) {
        LongestEdge rule = new LongestEdge(1540, new SmartResize(28, 0, SmartResize.NO_LIMIT));
        assertEquals(new Size(authorsWidth, authorsHeight), rule.pixtral(width, height));
        assertEquals(new Size(llamaWidth, llamaHeight), rule.llamaCpp(width, height));
    }

    /// What the user allows holds in both.
    @Test
    void longestEdge_withALimit_keepsIt() {
        LongestEdge rule = new LongestEdge(1024, SmartResize.ofTokens(16, 1, 100));
        assertEquals(new Size(176, 128), rule.pixtral(1000, 750));
        assertEquals(new Size(176, 128), rule.llamaCpp(1000, 750));
    }

    @Test
    void longestEdge_thatCannotBe_isRefused() {
        SmartResize limits = new SmartResize(1, 0, 1);
        assertEquals(
                "longest edge is 0, expected 1 to 65536",
                assertThrows(IllegalArgumentException.class, () -> new LongestEdge(0, limits))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> new LongestEdge(65_537, limits));
    }

    @Test
    void qwen_tooLong_isRefused() {
        assertEquals(
                "ratio of the picture's sides: 201 x 1 pixels exceeds the limit of 200:1; show a part of the picture",
                assertThrows(ResourceLimitException.class, () -> QWEN.qwen(201, 1)).getMessage());
        assertThrows(ResourceLimitException.class, () -> QWEN.qwen(1, 16_384));
    }

    /// The rules would make such a picture larger where they mean to make it smaller.
    @Test
    void beyondTheLimit_becauseOfAShortSide_isRefused() {
        assertEquals(
                "area of a view: 16384 x 1 pixels, which become 65536 x 32, exceeds the limit of 262144 pixels;"
                        + " show a part of the picture, or allow more image tokens",
                assertThrows(ResourceLimitException.class, () -> LFM2.lfm2(16_384, 1)).getMessage());
        assertEquals(
                "area of a view: 1 x 16384 pixels, which become 32 x 65536, exceeds the limit of 262144 pixels;"
                        + " show a part of the picture, or allow more image tokens",
                assertThrows(ResourceLimitException.class, () -> LFM2.llamaCpp(1, 16_384)).getMessage());
    }

    /// Whatever the picture: a size of whole factors within the limits, or a refusal.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 14, 15, 27, 28, 29, 100, 199, 1000, 16_384, 1 << 20, Integer.MAX_VALUE})
    void anySize_givesASizeOrARefusal(int width) {
        SmartResize small = SmartResize.ofTokens(28, 4, 64);
        for (int height : new int[] {1, 2, 14, 41, 42, 700, 16_384, Integer.MAX_VALUE}) {
            check(() -> small.qwen(width, height));
            check(() -> small.lfm2(width, height));
            check(() -> small.llamaCpp(width, height));
            check(() -> new LongestEdge(1540, small).pixtral(width, height));
            check(() -> new LongestEdge(1540, small).llamaCpp(width, height));
        }
    }

    private static void check(Supplier<Size> rule) {
        try {
            Size size = rule.get();
            assertEquals(0, size.width() % 28);
            assertEquals(0, size.height() % 28);
            assertTrue(size.area() >= 4 * 28 * 28 && size.area() <= 64 * 28 * 28, size.toString());
        } catch (ResourceLimitException e) {
            assertTrue(e.getMessage().contains("pixels"), e.getMessage());
        }
    }

    @Test
    void limits_thatCannotBe_areRefused() {
        assertEquals(
                "factor is 28, expected 1 or more, with a square in 783 pixels",
                assertThrows(IllegalArgumentException.class, () -> new SmartResize(28, 0, 783))
                        .getMessage());
        assertEquals(
                "limits are 10 and 9 pixels, expected 0 to 700000000 and the lower one first",
                assertThrows(IllegalArgumentException.class, () -> new SmartResize(1, 10, 9))
                        .getMessage());
        assertEquals(
                "limits are 1 and 700001 image tokens of 1024 pixels, expected 0 to 683593",
                assertThrows(IllegalArgumentException.class, () -> SmartResize.ofTokens(32, 1, 700_001))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> SmartResize.ofTokens(0, 1, 1));
    }
}
