package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.BF16Decoder;
import java.lang.foreign.MemorySegment;

/// The upper halves of 32-bit IEEE floats.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `x` | the element's sign, 8 bits of exponent and 7 of mantissa |
///
/// Element: `x << 16` as the bits of a float.
final class BF16 extends BlockFormat {

    BF16() {
        super(TensorType.BF16);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (Simd.VECTOR) {
            BF16Decoder.decode(data, at, blocks, out, o);
        } else {
            super.decodeBlocks(data, at, blocks, out, o);
        }
    }
}
