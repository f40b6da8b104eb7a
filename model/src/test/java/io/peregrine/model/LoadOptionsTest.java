package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class LoadOptionsTest {

    @Test
    void imageTokens_outOfRange_areRefused() {
        assertEquals("image min tokens: found -1, expected 0 or more", refused(-1, 0));
        assertEquals("image max tokens: found -3, expected 0 or more", refused(0, -3));
        assertEquals(
                "image max tokens: found 10, expected 0, or at least the min tokens, which are 20", refused(20, 10));
        assertEquals(20, LoadOptions.defaults().withImageTokens(20, 20).imageMaxTokens());
    }

    private static String refused(int min, int max) {
        LoadOptions options = LoadOptions.defaults();
        return assertThrows(IllegalArgumentException.class, () -> options.withImageTokens(min, max))
                .getMessage();
    }
}
