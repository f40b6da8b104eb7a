package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.Q5_KDecoder;
import java.lang.foreign.MemorySegment;

/// 256 elements in 176 bytes: 8 groups of 32, codes of 5 bits above a minimum.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale of the scales |
/// | 2 | 2 | `dmin` | f16, scale of the minima |
/// | 4 | 12 | `s, m` | scales and minima of the groups, 6 bits each, as in Q4_K |
/// | 16 | 32 | `h` | bit 4 of each code: element `i` is bit `i / 32` of byte `i % 32` |
/// | 48 | 128 | `l` | bits 0-3: element `i` is half `i / 32 % 2` of byte `i / 64 * 32 + i % 32` |
///
/// Code: `q = l + 16 h`. Element: `d * s * q - dmin * m`.
final class Q5_K extends BlockFormat {

    Q5_K() {
        super(TensorType.Q5_K);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            Q5_KDecoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
