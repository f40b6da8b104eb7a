package io.peregrine.core.gguf;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// Files that break one thing each, named as in the catalogue of bad inputs, and the good file beside them.
final class BadFiles {

    static final int F32 = 0;
    static final int Q4_K = 12;
    static final int I8 = 24;
    static final int I64 = 27;

    private BadFiles() {}

    /// A small file with every kind of value, three tensors, and padding after the last.
    static byte[] toy() {
        GgufBytes file = GgufBytes.header(3, 17)
                .key("general.architecture", GgufType.STRING)
                .string("toy")
                .key("a.u8", GgufType.UINT8)
                .u8(200)
                .key("a.i8", GgufType.INT8)
                .u8(-3)
                .key("a.u16", GgufType.UINT16)
                .u16(65_535)
                .key("a.i16", GgufType.INT16)
                .u16(-2)
                .uint32("a.u32", 0xffff_ffffL)
                .key("a.i32", GgufType.INT32)
                .u32(-1)
                .key("a.u64", GgufType.UINT64)
                .u64(-1)
                .key("a.i64", GgufType.INT64)
                .u64(Long.MIN_VALUE)
                .key("a.f32", GgufType.FLOAT32)
                .u32(Float.floatToIntBits(1.5f))
                .key("a.f64", GgufType.FLOAT64)
                .u64(Double.doubleToLongBits(-0.25))
                .key("a.bool", GgufType.BOOL)
                .u8(1)
                .array("a.strings", GgufType.STRING, 3)
                .string("")
                .string("\u00e9\u4e2d\ud83d\ude00")
                .string("abc")
                .array("a.ints", GgufType.UINT32, 3)
                .u32(1)
                .u32(2)
                .u32(3)
                .array("a.floats", GgufType.FLOAT32, 2)
                .u32(0)
                .u32(Float.floatToIntBits(2))
                .array("a.bools", GgufType.BOOL, 2)
                .bytes(0, 1)
                .array("a.nested", GgufType.ARRAY, 2)
                .u32(GgufType.STRING.id())
                .u64(1)
                .string("x")
                .u32(GgufType.INT16.id())
                .u64(2)
                .u16(7)
                .u16(-7);
        file.tensor("first", F32, 0, 3, 2)
                .tensor("second", Q4_K, 32, 256, 2)
                .tensor("third", I8, 320, 5)
                .pad(32);
        for (int i = 0; i < 320 + 5; i++) {
            file.u8(i);
        }
        return file.pad(32).toBytes();
    }

    /// Files of many kinds, good and bad, to begin with.
    static List<byte[]> samples() {
        return List.of(
                toy(),
                toy(),
                data(64),
                data(10),
                duplicateTensor(),
                secondOffset(64),
                sumWrap(),
                nested(8),
                nested(9),
                duplicateKey(),
                tensor(F32, 0, 2, 2, 2, 2),
                tensor(999, 0, 2, 2),
                version(1),
                alignment(64),
                alignment(3),
                nestedBadUtf8(),
                elementBadUtf8());
    }

    static byte[] emptyFile() {
        return new byte[0];
    }

    static byte[] startsWith(String text) {
        return new GgufBytes().text(text).zeros(64).toBytes();
    }

    static byte[] gitLfsPointer() {
        return ("version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 4081004224\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    static byte[] safetensors() {
        return new GgufBytes().u64(64).text("{\"__metadata__\":{}}").toBytes();
    }

    static byte[] tar() {
        return new GgufBytes().text("model").zeros(252).text("ustar").zeros(250).toBytes();
    }

    static byte[] version(long version) {
        return new GgufBytes().text("GGUF").u32(version).u64(0).u64(0).toBytes();
    }

    static byte[] bigEndian() {
        return new GgufBytes()
                .text("GGUF")
                .bytes(0, 0, 0, 3)
                .bytes(0, 0, 0, 0, 0, 0, 0, 0)
                .bytes(0, 0, 0, 0, 0, 0, 0, 0)
                .toBytes();
    }

    /// With 50 bytes after the tensor count: room for 2 tensors.
    static byte[] tensorCount(long count) {
        return GgufBytes.header(count, 0).zeros(42).toBytes();
    }

    /// With 42 bytes after the key count: room for 3 keys.
    static byte[] keyCount(long count) {
        return GgufBytes.header(0, count).zeros(42).toBytes();
    }

    static byte[] keyLength(long length) {
        return GgufBytes.header(0, 1).u64(length).zeros(20).toBytes();
    }

    static byte[] keyBadUtf8() {
        return GgufBytes.header(0, 1)
                .u64(4)
                .bytes('a', 'b', 0xff, 'c')
                .u32(GgufType.UINT8.id())
                .u8(0)
                .toBytes();
    }

    static byte[] stringLength(long length) {
        return GgufBytes.header(0, 1)
                .key("a", GgufType.STRING)
                .u64(length)
                .zeros(20)
                .toBytes();
    }

    static byte[] stringBadUtf8() {
        return GgufBytes.header(0, 1)
                .key("a", GgufType.STRING)
                .u64(3)
                .bytes(0xed, 0xa0, 0x80)
                .toBytes();
    }

    static byte[] elementBadUtf8() {
        return GgufBytes.header(0, 1)
                .array("a", GgufType.STRING, 2)
                .string("ok")
                .u64(2)
                .bytes('x', 0xc3)
                .toBytes();
    }

    static byte[] nestedBadUtf8() {
        return GgufBytes.header(0, 1)
                .array("a", GgufType.ARRAY, 1)
                .u32(GgufType.STRING.id())
                .u64(1)
                .u64(1)
                .bytes(0xff)
                .toBytes();
    }

    static byte[] arrayLength(GgufType type, long length) {
        return GgufBytes.header(0, 1).array("a", type, length).zeros(64).toBytes();
    }

    static byte[] arrayNestedBomb() {
        GgufBytes file = GgufBytes.header(0, 1).key("a", GgufType.ARRAY);
        for (int i = 0; i < 10_000; i++) {
            file.u32(GgufType.ARRAY.id()).u64(1);
        }
        return file.u32(GgufType.UINT8.id()).u64(1).u8(0).toBytes();
    }

    /// Arrays in arrays, the innermost of bytes.
    static byte[] nested(int depth) {
        GgufBytes file = GgufBytes.header(0, 1).key("a", GgufType.ARRAY);
        for (int i = 1; i < depth; i++) {
            file.u32(GgufType.ARRAY.id()).u64(1);
        }
        return file.u32(GgufType.UINT8.id()).u64(1).u8(5).toBytes();
    }

    static byte[] valueType(long type) {
        return GgufBytes.header(0, 1).string("a").u32(type).zeros(16).toBytes();
    }

    static byte[] elementType(long type) {
        return GgufBytes.header(0, 1)
                .key("a", GgufType.ARRAY)
                .u32(type)
                .u64(1)
                .zeros(16)
                .toBytes();
    }

    static byte[] bool(int value) {
        return GgufBytes.header(0, 1).key("a", GgufType.BOOL).u8(value).toBytes();
    }

    static byte[] boolElement(int value) {
        return GgufBytes.header(0, 1)
                .array("a", GgufType.BOOL, 3)
                .bytes(0, 1, value)
                .toBytes();
    }

    static byte[] duplicateKey() {
        return GgufBytes.header(0, 3)
                .uint32("a", 1)
                .uint32("b", 1)
                .uint32("a", 1)
                .toBytes();
    }

    static byte[] duplicateTensor() {
        return GgufBytes.header(3, 0)
                .tensor("a", I8, 0, 32)
                .tensor("b", I8, 32, 32)
                .tensor("a", I8, 64, 32)
                .pad(32)
                .zeros(96)
                .toBytes();
    }

    static byte[] alignmentOfType(GgufType type) {
        return GgufBytes.header(0, 1).key("general.alignment", type).u32(32).toBytes();
    }

    static byte[] alignment(long alignment) {
        return GgufBytes.header(0, 1).uint32("general.alignment", alignment).toBytes();
    }

    /// One tensor with enough data for 64 bytes.
    static byte[] tensor(long type, long offset, long... dims) {
        return GgufBytes.header(1, 0)
                .tensor("a", type, offset, dims)
                .pad(32)
                .zeros(64)
                .toBytes();
    }

    /// The first of two tensors takes 33 bytes, so the second belongs at 64.
    static byte[] secondOffset(long offset) {
        return GgufBytes.header(2, 0)
                .tensor("a", I8, 0, 33)
                .tensor("b", I8, offset, 32)
                .pad(32)
                .zeros(256)
                .toBytes();
    }

    static byte[] sumWrap() {
        return GgufBytes.header(2, 0)
                .tensor("a", I8, 0, Long.MAX_VALUE - 63)
                .tensor("b", I8, Long.MAX_VALUE - 63, Long.MAX_VALUE - 63)
                .pad(32)
                .zeros(32)
                .toBytes();
    }

    static byte[] tensorName(String name) {
        return GgufBytes.header(1, 0).tensor(name, I8, 0, 32).pad(32).zeros(32).toBytes();
    }

    /// Two tensors of 32 and 20 bytes, followed by so many bytes of data in all.
    static byte[] data(int bytes) {
        return GgufBytes.header(2, 0)
                .tensor("a", I8, 0, 32)
                .tensor("b", I8, 32, 20)
                .pad(32)
                .zeros(bytes)
                .toBytes();
    }
}
