package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 256 elements in 66 bytes: 32 points of a code book of 256 points with 8 coordinates of 8, 25 and 43.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale of the scales |
/// | 2 | 64 | `g` | 8 groups of 4 points (32 elements): 4 bytes with their numbers, a word of 32 bits |
///
/// Bits `7 k ..` of a word are the signs of point `k`: one for each of the coordinates 0-6, set if minus;
/// that of coordinate 7 makes the number of minus signs even. Bits 28-31 are the scale `s`.
///
/// Element: `d * (s + 1/2) / 4 * coordinate`, signed.
final class IQ2_XXS extends BlockFormat {

    IQ2_XXS() {
        super(TensorType.IQ2_XXS);
    }
}
