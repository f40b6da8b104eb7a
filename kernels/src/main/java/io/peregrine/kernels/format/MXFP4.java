package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.MXFP4Decoder;
import java.lang.foreign.MemorySegment;

/// 32 elements in 17 bytes: 4-bit floats with a power of two, the OCP microscaling format.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 1 | `e` | exponent of the scale, E8M0 |
/// | 1 | 16 | `q` | 4 bits each: elements `i` and `i + 16` are the halves of byte `i` |
///
/// Element: `2^(e - 127) * value[q]`, with the values of E2M1 0, 0.5, 1, 1.5, 2, 3, 4 and 6 and, for codes
/// from 8 on, their negatives. Exponent 255, a NaN in the specification, is a number in ggml and here.
final class MXFP4 extends BlockFormat {

    MXFP4() {
        super(TensorType.MXFP4);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            MXFP4Decoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
