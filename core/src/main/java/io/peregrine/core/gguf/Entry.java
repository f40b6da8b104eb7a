package io.peregrine.core.gguf;

import java.lang.reflect.Array;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A metadata value with its GGUF type and the place of its key.
///
/// @param elementType of an array, otherwise null
/// @param stored a boxed primitive, a string, a Java array, a [PackedArray] or a [PackedText]
/// @param offset of the key in the file, or -1 if the value comes from no file
record Entry(GgufType type, @Nullable GgufType elementType, Object stored, long offset) {

    /// The type that a Java value stands for if nobody says otherwise.
    ///
    /// @throws IllegalArgumentException if GGUF has no such type
    static Entry of(Object value) {
        return switch (value) {
            case Byte v -> scalar(GgufType.INT8, v.intValue());
            case Short v -> scalar(GgufType.INT16, v.intValue());
            case Integer v -> scalar(GgufType.INT32, v);
            case Long v -> scalar(GgufType.INT64, v);
            case BigInteger v -> scalar(GgufType.UINT64, v);
            case Float v -> scalar(GgufType.FLOAT32, v);
            case Double v -> scalar(GgufType.FLOAT64, v);
            case Boolean v -> scalar(GgufType.BOOL, v);
            case String v -> scalar(GgufType.STRING, v);
            case byte[] v -> array(GgufType.INT8, v);
            case short[] v -> array(GgufType.INT16, v);
            case int[] v -> array(GgufType.INT32, v);
            case long[] v -> array(GgufType.INT64, v);
            case float[] v -> array(GgufType.FLOAT32, v);
            case double[] v -> array(GgufType.FLOAT64, v);
            case boolean[] v -> array(GgufType.BOOL, v);
            case String[] v -> array(GgufType.STRING, v);
            case Object[] v -> array(GgufType.ARRAY, v);
            default -> throw new IllegalArgumentException("GGUF has no type for " + value.getClass());
        };
    }

    static Entry scalar(GgufType type, Object value) {
        return new Entry(type, null, value, -1);
    }

    static Entry array(GgufType elementType, Object array) {
        return new Entry(GgufType.ARRAY, elementType, array, -1);
    }

    Object value() {
        return switch (stored) {
            case PackedArray packed -> packed.unpack();
            case PackedText packed -> packed.text();
            default -> stored;
        };
    }

    /// Elements of an array, which is not decoded for that.
    int length() {
        return stored instanceof PackedArray packed ? packed.length() : Array.getLength(stored);
    }

    /// Passes the strings of an array of strings in order.
    void eachString(Consumer<String> action) {
        if (stored instanceof PackedArray packed) {
            packed.eachString(action);
        } else {
            Arrays.asList((String[]) stored).forEach(action);
        }
    }

    /// `uint32`, or `array of string`.
    String typeName() {
        return elementType == null ? type.toString() : "array of " + elementType;
    }
}
