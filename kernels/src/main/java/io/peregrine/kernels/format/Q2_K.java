package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.Q2_KDecoder;
import java.lang.foreign.MemorySegment;

/// 256 elements in 84 bytes: 16 groups of 16, codes of 2 bits above a minimum.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 16 | `s, m` | scale (low half) and minimum (high half) of group `g` in byte `g` |
/// | 16 | 64 | `q` | 2 bits each: element `i` is bit pair `i / 32 % 4` of byte `i / 128 * 32 + i % 32` |
/// | 80 | 2 | `d` | f16, scale of the scales |
/// | 82 | 2 | `dmin` | f16, scale of the minima |
///
/// Element: `d * s * q - dmin * m`.
final class Q2_K extends BlockFormat {

    Q2_K() {
        super(TensorType.Q2_K);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            Q2_KDecoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
