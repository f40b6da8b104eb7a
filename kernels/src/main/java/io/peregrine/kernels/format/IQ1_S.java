package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 256 elements in 50 bytes: 32 points of a code book of 2048 points with 8 coordinates of -1, 0 and 1.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale of the scales |
/// | 2 | 32 | `l` | bits 0-7 of the number of each point |
/// | 34 | 16 | `w` | 8 words of 16 bits, one for 4 points (32 elements) |
///
/// Of a word, bits `3 k ..` are bits 8-10 of the number of its point `k`, bits 12-14 the scale `s`, and bit
/// 15 says that the shift `t` is -1/8, else it is 1/8.
///
/// Element: `d * (2 s + 1) * (coordinate + t)`.
final class IQ1_S extends BlockFormat {

    IQ1_S() {
        super(TensorType.IQ1_S);
    }
}
