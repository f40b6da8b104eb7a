package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.Q4_KDecoder;
import java.lang.foreign.MemorySegment;

/// 256 elements in 144 bytes: 8 groups of 32, codes of 4 bits above a minimum.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale of the scales |
/// | 2 | 2 | `dmin` | f16, scale of the minima |
/// | 4 | 12 | `s, m` | scales and minima of the groups, 6 bits each, see below |
/// | 16 | 128 | `q` | 4 bits each: element `i` is half `i / 32 % 2` of byte `i / 64 * 32 + i % 32` |
///
/// The first four scales are bits 0-5 of bytes 0-3 of their field, the first four minima those of bytes 4-7.
/// Bytes 8-11 hold bits 0-3 of the other four (scale in the low half, minimum in the high half), and bits 6-7
/// of bytes 0-3 and 4-7 are bits 4-5 of these scales and minima.
///
/// Element: `d * s * q - dmin * m`.
final class Q4_K extends BlockFormat {

    Q4_K() {
        super(TensorType.Q4_K);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            Q4_KDecoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
