package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.Q4_0Decoder;
import java.lang.foreign.MemorySegment;

/// 32 elements in 18 bytes: codes of 4 bits around 8.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale |
/// | 2 | 16 | `q` | 4 bits each: elements `i` and `i + 16` are the halves of byte `i` |
///
/// Element: `(q - 8) * d`.
final class Q4_0 extends BlockFormat {

    Q4_0() {
        super(TensorType.Q4_0);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            Q4_0Decoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
