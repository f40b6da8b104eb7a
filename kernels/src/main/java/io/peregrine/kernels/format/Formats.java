package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.scalar.ScalarDecoder;
import java.lang.foreign.MemorySegment;

/// The catalogue of storage formats.
public final class Formats {

    private Formats() {}

    /// The format of a type.
    ///
    /// @throws IllegalArgumentException if tensors of this type are not weights (integers, F64, Q8_1, Q8_K)
    public static BlockFormat of(TensorType type) {
        ScalarDecoder.of(type);
        return new BlockFormat() {
            @Override
            public TensorType type() {
                return type;
            }

            @Override
            public void decode(MemorySegment data, long at, int count, float[] out, int outOffset) {
                ScalarDecoder.decode(type, data, at, count / type.blockElements(), out, outOffset);
            }
        };
    }
}
