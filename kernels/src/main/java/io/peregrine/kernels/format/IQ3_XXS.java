package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 256 elements in 98 bytes: 64 points of a code book of 256 points with 4 coordinates of 4, 12, 20, 28, 36,
/// 44, 52 and 62.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale of the scales |
/// | 2 | 64 | `l` | the number of each point |
/// | 66 | 32 | `w` | 8 words of 32 bits, one for 8 points (32 elements) |
///
/// Bits `7 k ..` of a word are the signs of points `2 k` and `2 k + 1`, eight coordinates, as in IQ2_XXS;
/// bits 28-31 are the scale `s`.
///
/// Element: `d * (s + 1/2) / 2 * coordinate`, signed.
final class IQ3_XXS extends BlockFormat {

    IQ3_XXS() {
        super(TensorType.IQ3_XXS);
    }
}
