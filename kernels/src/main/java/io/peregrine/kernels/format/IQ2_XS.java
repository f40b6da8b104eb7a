package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 256 elements in 74 bytes: 32 points of a code book of 512 points with 8 coordinates of 8, 25 and 43.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale of the scales |
/// | 2 | 64 | `w` | a word of 16 bits per point: bits 0-8 its number, bits 9-15 its signs as in IQ2_XXS |
/// | 66 | 8 | `s` | 4 bits per two points: points `2 k` and `2 k + 1` are half `k % 2` of byte `k / 2` |
///
/// Element: `d * (s + 1/2) / 4 * coordinate`, signed.
final class IQ2_XS extends BlockFormat {

    IQ2_XS() {
        super(TensorType.IQ2_XS);
    }
}
