package io.peregrine.core.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A GGUF file put together by hand, right or wrong: nothing is checked or counted.
final class GgufBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /// A header of version 3.
    static GgufBytes header(long tensors, long keys) {
        return new GgufBytes().text("GGUF").u32(3).u64(tensors).u64(keys);
    }

    int size() {
        return out.size();
    }

    GgufBytes u8(int value) {
        out.write(value);
        return this;
    }

    GgufBytes u16(int value) {
        return u8(value).u8(value >> 8);
    }

    GgufBytes u32(long value) {
        return u16((int) value).u16((int) (value >> 16));
    }

    GgufBytes u64(long value) {
        return u32(value).u32(value >> 32);
    }

    /// Bytes without a length.
    GgufBytes bytes(int... values) {
        for (int value : values) {
            out.write(value);
        }
        return this;
    }

    GgufBytes raw(byte[] values) {
        out.writeBytes(values);
        return this;
    }

    /// A text without a length, one byte per character.
    GgufBytes text(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    GgufBytes string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        u64(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    /// A key and the type of its value, which is to follow.
    GgufBytes key(String name, GgufType type) {
        return string(name).u32(type.id());
    }

    GgufBytes uint32(String key, long value) {
        return key(key, GgufType.UINT32).u32(value);
    }

    /// A key with the head of its array, whose elements are to follow.
    GgufBytes array(String key, GgufType elementType, long length) {
        return key(key, GgufType.ARRAY).u32(elementType.id()).u64(length);
    }

    /// A tensor info.
    ///
    /// @param dims fastest first, as in the file
    GgufBytes tensor(String name, long type, long offset, long... dims) {
        string(name).u32(dims.length);
        Arrays.stream(dims).forEach(this::u64);
        return u32(type).u64(offset);
    }

    GgufBytes zeros(int count) {
        out.writeBytes(new byte[count]);
        return this;
    }

    /// Zeros up to a multiple of the alignment.
    GgufBytes pad(int alignment) {
        return zeros(Math.floorMod(-size(), alignment));
    }

    byte[] toBytes() {
        return out.toByteArray();
    }
}
