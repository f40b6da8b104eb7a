package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.Q8_0Decoder;
import java.lang.foreign.MemorySegment;

/// 32 elements in 34 bytes: signed bytes.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale |
/// | 2 | 32 | `q` | signed bytes |
///
/// Element: `q * d`.
final class Q8_0 extends BlockFormat {

    Q8_0() {
        super(TensorType.Q8_0);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            Q8_0Decoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
