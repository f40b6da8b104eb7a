package io.peregrine.core.gguf;

import org.jspecify.annotations.Nullable;

/// The types of metadata values, under their ids in a GGUF file.
///
/// Source: `ggml-org/ggml : docs/gguf.md`.
public enum GgufType {
    UINT8("uint8", 1),
    INT8("int8", 1),
    UINT16("uint16", 2),
    INT16("int16", 2),
    UINT32("uint32", 4),
    INT32("int32", 4),
    FLOAT32("float32", 4),
    BOOL("bool", 1),
    STRING("string", 8),
    ARRAY("array", 12),
    UINT64("uint64", 8),
    INT64("int64", 8),
    FLOAT64("float64", 8);

    private static final GgufType[] BY_ID = values();

    private final String label;
    private final int leastBytes;

    GgufType(String label, int leastBytes) {
        this.label = label;
        this.leastBytes = leastBytes;
    }

    static @Nullable GgufType ofId(long id) {
        return id >= 0 && id < BY_ID.length ? BY_ID[(int) id] : null;
    }

    int id() {
        return ordinal();
    }

    /// Bytes of a value; of an empty one for strings (their length) and arrays (element type and length).
    int leastBytes() {
        return leastBytes;
    }

    boolean isFixedSize() {
        return this != STRING && this != ARRAY;
    }

    /// The name used by the specification and in messages: `uint32`.
    @Override
    public String toString() {
        return label;
    }
}
