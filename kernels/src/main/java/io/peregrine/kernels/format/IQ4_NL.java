package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.IQ4_NLDecoder;
import java.lang.foreign.MemorySegment;

/// 32 elements in 18 bytes: codes of 4 bits that choose one of 16 levels.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale |
/// | 2 | 16 | `q` | 4 bits each: elements `i` and `i + 16` are the halves of byte `i` |
///
/// Element: `d * level[q]`, with the levels -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69,
/// 89 and 113.
final class IQ4_NL extends BlockFormat {

    IQ4_NL() {
        super(TensorType.IQ4_NL);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            IQ4_NLDecoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
