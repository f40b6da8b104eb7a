package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.Q3_KDecoder;
import java.lang.foreign.MemorySegment;

/// 256 elements in 110 bytes: 16 groups of 16, codes of 3 bits around 4.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 32 | `h` | bit 2 of each code: element `i` is bit `i / 32` of byte `i % 32` |
/// | 32 | 64 | `l` | bits 0-1: element `i` is bit pair `i / 32 % 4` of byte `i / 128 * 32 + i % 32` |
/// | 96 | 8 | `sl` | bits 0-3 of the scales: groups `g` and `g + 8` are the halves of byte `g` |
/// | 104 | 4 | `sh` | bits 4-5 of the scales: group `g` is bit pair `g / 4` of byte `g % 4` |
/// | 108 | 2 | `d` | f16, scale of the scales |
///
/// Code: `q = l + 4 h`, scale: `s = sl + 16 sh`. Element: `d * (s - 32) * (q - 4)`.
final class Q3_K extends BlockFormat {

    Q3_K() {
        super(TensorType.Q3_K);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            Q3_KDecoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
