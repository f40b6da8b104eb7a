package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.Q5_1Decoder;
import java.lang.foreign.MemorySegment;

/// 32 elements in 24 bytes: codes of 5 bits above a minimum.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale |
/// | 2 | 2 | `m` | f16, minimum |
/// | 4 | 4 | `h` | bit 4 of each code: element `i` is bit `i` of the 32-bit word |
/// | 8 | 16 | `l` | bits 0-3: elements `i` and `i + 16` are the halves of byte `i` |
///
/// Code: `q = l + 16 h`. Element: `q * d + m`.
final class Q5_1 extends BlockFormat {

    Q5_1() {
        super(TensorType.Q5_1);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            Q5_1Decoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
