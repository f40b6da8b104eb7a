package io.peregrine.kernels.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SimdTest {

    @Test
    void parse_knownWidths() {
        assertEquals(0, Simd.parse("scalar"));
        assertEquals(128, Simd.parse("128"));
        assertEquals(256, Simd.parse("256"));
        assertEquals(512, Simd.parse("512"));
    }

    @Test
    void parse_anythingElse_saysWhatIsExpected() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Simd.parse("1024"));
        assertEquals(
                "system property peregrine.width is '1024', expected 128, 256, 512 or scalar; "
                        + "leave it out to use the machine's own width",
                e.getMessage());
    }

    @Test
    @Tag("width")
    void describe_namesTheWidthOfTheProperty() {
        assertEquals("vector " + System.getProperty(Simd.WIDTH) + "-bit", Simd.describe());
    }

    @Test
    @Tag("classpath")
    void classPathWithoutTheModule_isScalar() {
        assertEquals("scalar", Simd.describe());
        assertFalse(Simd.VECTOR);
    }
}
