package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 64 elements in 36 bytes: 4 groups of 16 4-bit floats.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 4 | `s` | scales of the groups, unsigned E4M3: 4 bits of exponent with bias 7, 3 of mantissa |
/// | 4 | 32 | `q` | 4 bits each, 8 bytes per group: its elements `i` and `i + 8` in byte `i` |
///
/// Element: `s * value[q]`, with the values of MXFP4. Scale 0x7F, a NaN in E4M3, is 0 in ggml and here.
final class NVFP4 extends BlockFormat {

    NVFP4() {
        super(TensorType.NVFP4);
    }
}
