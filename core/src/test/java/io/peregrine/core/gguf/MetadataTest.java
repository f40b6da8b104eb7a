package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Typed access to values, from a file and from Java.
class MetadataTest {

    private static final Metadata TOY = Contents.read("toy", MemorySegment.ofArray(BadFiles.toy()), GgufLimits.DEFAULT)
            .metadata();

    private static void assertFails(String message, Runnable read) {
        assertEquals(
                message, assertThrows(ModelFormatException.class, read::run).getMessage());
    }

    @Test
    void scalars_keepTheirValueAndType() {
        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("general.architecture", "toy");
        expected.put("a.u8", 200);
        expected.put("a.i8", -3);
        expected.put("a.u16", 65_535);
        expected.put("a.i16", -2);
        expected.put("a.u32", 4_294_967_295L);
        expected.put("a.i32", -1);
        expected.put("a.u64", new BigInteger("18446744073709551615"));
        expected.put("a.i64", Long.MIN_VALUE);
        expected.put("a.f32", 1.5f);
        expected.put("a.f64", -0.25);
        expected.put("a.bool", true);
        expected.forEach((key, value) -> assertEquals(value, TOY.value(key), key));
        assertEquals(GgufType.UINT16, TOY.type("a.u16"));
        assertNull(TOY.elementType("a.u16"));
        assertEquals(GgufType.ARRAY, TOY.type("a.strings"));
        assertEquals(GgufType.STRING, TOY.elementType("a.strings"));
        assertNull(TOY.type("absent"));
        assertNull(TOY.value("absent"));
        assertFalse(TOY.has("absent"));
        assertTrue(TOY.has("a.u8"));
        assertEquals("uint32", String.valueOf(GgufType.UINT32));
    }

    @Test
    void arrays_areTyped() {
        assertArrayEquals(new String[] {"", "\u00e9\u4e2d\ud83d\ude00", "abc"}, TOY.strings("a.strings"));
        assertSame(TOY.strings("a.strings"), TOY.strings("a.strings"));
        assertArrayEquals(new int[] {1, 2, 3}, TOY.ints("a.ints"));
        assertArrayEquals(new float[] {0, 2}, TOY.floats("a.floats"));
        assertArrayEquals(new boolean[] {false, true}, TOY.bools("a.bools"));
        assertArrayEquals(new Object[] {new String[] {"x"}, new short[] {7, -7}}, (Object[]) TOY.value("a.nested"));
        assertNull(TOY.strings("absent"));
        assertNull(TOY.ints("absent"));
        assertNull(TOY.floats("absent"));
        assertNull(TOY.bools("absent"));
    }

    @Test
    void longTexts_areReadAsTheyWere() {
        for (int length : new int[] {254, 255, 256, 257, 100_000}) {
            String text = "x".repeat(length - 1) + "\u4e2d";
            byte[] bytes =
                    GgufBytes.header(0, 1).key("k", GgufType.STRING).string(text).toBytes();
            Metadata metadata = Contents.read("m", MemorySegment.ofArray(bytes), GgufLimits.DEFAULT)
                    .metadata();
            assertEquals(text, metadata.string("k"));
            assertEquals(text, metadata.value("k"));
        }
    }

    @Test
    void strings_canBePassedWithoutBeingKept() {
        List<String> passed = new ArrayList<>();
        Metadata java = new Metadata("java", Map.of("strings", new String[] {"a", "b"}));
        for (Metadata metadata : List.of(TOY, java)) {
            metadata.eachString("strings", passed::add);
            metadata.eachString("a.strings", passed::add);
            metadata.eachString("absent", passed::add);
        }
        assertEquals(List.of("", "\u00e9\u4e2d\ud83d\ude00", "abc", "a", "b"), passed);
        assertEquals(3, TOY.countStrings("a.strings"));
        assertEquals(2, java.countStrings("strings"));
        assertEquals(-1, TOY.countStrings("absent"));
        assertFails(
                "toy: key a.ints at byte 365: found array of uint32, expected array of string",
                () -> TOY.countStrings("a.ints"));
        assertFails(
                "toy: key a.ints at byte 365: found array of uint32, expected array of string",
                () -> TOY.eachString("a.ints", text -> {}));
    }

    @Test
    void integers_ofAnyWidth_withinTheRange() {
        assertEquals(200, TOY.integer("a.u8", 0, 255));
        assertEquals(-3, TOY.integer("a.i8", -3, 0));
        assertEquals(65_535, TOY.integer("a.u16", 7, 0, 65_535));
        assertEquals(7, TOY.integer("absent", 7, 0, 1));
        assertFails("toy: key absent: found nothing, expected uint32", () -> TOY.integer("absent", 0, 1));
        assertFails(
                "toy: key a.u8 at byte 67: found 200, expected a number from 0 to 199",
                () -> TOY.integer("a.u8", 0, 199));
        assertFails(
                "toy: key a.u32 at byte 139: found 4294967295, expected a number from 0 to 2147483647",
                () -> TOY.integer("a.u32", 0, Integer.MAX_VALUE));
        assertFails(
                "toy: key a.u64 at byte 181: found 18446744073709551615, expected a number from -1 to 2147483647",
                () -> TOY.integer("a.u64", -1, Integer.MAX_VALUE));
        assertFails(
                "toy: key a.i64 at byte 206: found -9223372036854775808, expected a number from -2147483648 to 0",
                () -> TOY.integer("a.i64", Integer.MIN_VALUE, 0));
    }

    @Test
    void numbers_areFiniteAndWithinTheRange() {
        assertEquals(1.5f, TOY.number("a.f32", 0, 2));
        assertEquals(-0.25f, TOY.number("a.f64", -1, 0));
        assertEquals(9f, TOY.number("absent", 9, 0, 1));
        assertFails("toy: key absent: found nothing, expected float32", () -> TOY.number("absent", 0, 1));
        Metadata odd = new Metadata("odd", Map.of("nan", Float.NaN, "inf", Float.POSITIVE_INFINITY, "wide", 1e300));
        assertFails("odd: key nan: found NaN, expected a number from 0.0 to 1.0", () -> odd.number("nan", 0, 1));
        assertFails(
                "odd: key inf: found Infinity, expected a number from 0.0 to Infinity",
                () -> odd.number("inf", 0, Float.POSITIVE_INFINITY));
        assertFails(
                "odd: key wide: found 1.0E300, expected a number from 0.0 to Infinity",
                () -> odd.number("wide", 0, Float.POSITIVE_INFINITY));
    }

    @Test
    void strings_andBools_haveDefaults() {
        assertEquals("toy", TOY.string("general.architecture"));
        assertEquals("toy", TOY.string("general.architecture", "none"));
        assertEquals("none", TOY.string("absent", "none"));
        assertNull(TOY.stringOrNull("absent"));
        assertTrue(TOY.bool("a.bool", false));
        assertTrue(TOY.bool("absent", true));
        assertFails("toy: key absent: found nothing, expected string", () -> TOY.string("absent"));
    }

    @Test
    void unsignedElementsAboveInt_areRefused() {
        byte[] bytes = GgufBytes.header(0, 1)
                .array("k", GgufType.UINT32, 2)
                .u32(1)
                .u32(0x8000_0000L)
                .toBytes();
        Metadata metadata = Contents.read("m", MemorySegment.ofArray(bytes), GgufLimits.DEFAULT)
                .metadata();
        assertFails(
                "m: key k at byte 24, element 1: found 2147483648, expected at most 2147483647",
                () -> metadata.ints("k"));
    }

    @Test
    void javaValues_standForSignedTypes() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("int", 1);
        values.put("long", 1L);
        values.put("short", (short) 1);
        values.put("byte", (byte) 1);
        values.put("big", BigInteger.TWO);
        values.put("ints", new int[] {1});
        values.put("strings", new String[] {"a"});
        Metadata metadata = new Metadata("java", values);
        assertEquals(List.copyOf(values.keySet()), List.copyOf(metadata.keys()));
        assertEquals(GgufType.INT32, metadata.type("int"));
        assertEquals(GgufType.INT64, metadata.type("long"));
        assertEquals(GgufType.INT16, metadata.type("short"));
        assertEquals(GgufType.INT8, metadata.type("byte"));
        assertEquals(GgufType.UINT64, metadata.type("big"));
        assertEquals(GgufType.INT32, metadata.elementType("ints"));
        assertEquals(1, metadata.integer("byte", 0, 1));
        assertFails("java: key int: found int32, expected string", () -> metadata.string("int"));
        assertEquals(
                "GGUF has no type for class java.util.LinkedHashMap",
                assertThrows(IllegalArgumentException.class, () -> new Metadata("java", Map.of("map", values)))
                        .getMessage());
    }
}
