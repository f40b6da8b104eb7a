package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 256 elements in 56 bytes: 32 points of the code book of IQ1_S.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 32 | `l` | bits 0-7 of the number of each point |
/// | 32 | 16 | `h` | 4 bits per point: point `p` is half `p % 2` of byte `p / 2` |
/// | 48 | 8 | `w` | 4 words of 16 bits, one for 8 points (64 elements) |
///
/// Bits 0-2 of `h` are bits 8-10 of the number; bit 3 says that the shift `t` is -1/8, else it is 1/8. Bits
/// `3 k ..` of a word are the scale `s` of its two points `2 k` and `2 k + 1`; the four bits 12-15 of the
/// four words, the first lowest, are the f16 scale of the scales `d`.
///
/// Element: `d * (2 s + 1) * (coordinate + t)`.
final class IQ1_M extends BlockFormat {

    IQ1_M() {
        super(TensorType.IQ1_M);
    }
}
