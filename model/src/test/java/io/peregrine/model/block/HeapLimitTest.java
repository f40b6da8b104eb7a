package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ResourceLimitException;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class HeapLimitTest {

    @Test
    void check_moreThanThereIs_saysHowMuch() {
        HeapLimit.check("a picture", HeapLimit.bytes(), "take less");
        ResourceLimitException e = assertThrows(
                ResourceLimitException.class, () -> HeapLimit.check("a picture", 1L << 50, "take less"));
        assertEquals(
                "a picture: 1073741824.0 MiB exceeds the limit of "
                        + String.format(Locale.ROOT, "%.1f MiB", HeapLimit.bytes() / 1048576.0)
                        + " of the Java heap; take less",
                e.getMessage());
    }
}
