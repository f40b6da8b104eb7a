package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The catalogue of storage formats.
public final class Formats {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Formats() {}

    /// The format of a type.
    ///
    /// @throws IllegalArgumentException if tensors of this type are not weights (integers, F64, Q8_1, Q8_K)
    public static BlockFormat of(TensorType type) {
        return new BlockFormat() {
            @Override
            public TensorType type() {
                return type;
            }

            @Override
            public void decode(MemorySegment data, long at, int count, float[] out, int outOffset) {
                for (int i = 0; i < count; i++) {
                    out[outOffset + i] = switch (type) {
                        case F32 -> data.get(FLOAT, at + 4L * i);
                        case F16 -> Float.float16ToFloat(data.get(SHORT, at + 2L * i));
                        case BF16 -> Float.intBitsToFloat(data.get(SHORT, at + 2L * i) << 16);
                        case Q8_0 -> Float.float16ToFloat(data.get(SHORT, at + i / 32 * 34L))
                                * data.get(ValueLayout.JAVA_BYTE, at + i / 32 * 34L + 2 + i % 32);
                        default -> throw new IllegalArgumentException("no format for " + type);
                    };
                }
            }
        };
    }
}
