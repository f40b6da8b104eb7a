package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.Q4_1Decoder;
import java.lang.foreign.MemorySegment;

/// 32 elements in 20 bytes: codes of 4 bits above a minimum.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale |
/// | 2 | 2 | `m` | f16, minimum |
/// | 4 | 16 | `q` | 4 bits each: elements `i` and `i + 16` are the halves of byte `i` |
///
/// Element: `q * d + m`.
final class Q4_1 extends BlockFormat {

    Q4_1() {
        super(TensorType.Q4_1);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            Q4_1Decoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
