package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.Q6_KDecoder;
import java.lang.foreign.MemorySegment;

/// 256 elements in 210 bytes: 16 groups of 16, codes of 6 bits around 32.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 128 | `l` | bits 0-3: element `i` is half `i / 64 % 2` of byte `i / 128 * 64 + i % 64` |
/// | 128 | 64 | `h` | bits 4-5: element `i` is bit pair `i / 32 % 4` of byte `i / 128 * 32 + i % 32` |
/// | 192 | 16 | `s` | scales of the groups, signed bytes |
/// | 208 | 2 | `d` | f16, scale of the scales |
///
/// Code: `q = l + 16 h`. Element: `d * s * (q - 32)`.
final class Q6_K extends BlockFormat {

    Q6_K() {
        super(TensorType.Q6_K);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            Q6_KDecoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
