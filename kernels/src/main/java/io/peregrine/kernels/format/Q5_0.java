package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.Q5_0Decoder;
import java.lang.foreign.MemorySegment;

/// 32 elements in 22 bytes: codes of 5 bits around 16.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale |
/// | 2 | 4 | `h` | bit 4 of each code: element `i` is bit `i` of the 32-bit word |
/// | 6 | 16 | `l` | bits 0-3: elements `i` and `i + 16` are the halves of byte `i` |
///
/// Code: `q = l + 16 h`. Element: `(q - 16) * d`.
final class Q5_0 extends BlockFormat {

    Q5_0() {
        super(TensorType.Q5_0);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            Q5_0Decoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
