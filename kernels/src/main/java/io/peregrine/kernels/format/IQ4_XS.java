package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.IQ4_XSDecoder;
import java.lang.foreign.MemorySegment;

/// 256 elements in 136 bytes: 8 groups of 32, codes of 4 bits that choose one of 16 levels.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale of the scales |
/// | 2 | 2 | `sh` | bits 4-5 of the scales: group `g` is bit pair `g` of the 16-bit word |
/// | 4 | 4 | `sl` | bits 0-3 of the scales: group `g` is half `g % 2` of byte `g / 2` |
/// | 8 | 128 | `q` | 4 bits each, 16 bytes per group: its elements `i` and `i + 16` in byte `i` |
///
/// Scale: `s = sl + 16 sh`. Element: `d * (s - 32) * level[q]`, with the levels of IQ4_NL.
final class IQ4_XS extends BlockFormat {

    IQ4_XS() {
        super(TensorType.IQ4_XS);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            IQ4_XSDecoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
