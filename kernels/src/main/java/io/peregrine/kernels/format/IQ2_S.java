package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 256 elements in 82 bytes: 32 points of a code book of 1024 points with 8 coordinates of 8, 25 and 43.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale of the scales |
/// | 2 | 32 | `l` | bits 0-7 of the number of each point |
/// | 34 | 32 | `m` | signs, a byte per point: bit `j` is set if coordinate `j` is negative |
/// | 66 | 8 | `h` | bits 8-9 of the number: point `p` is bit pair `p % 4` of byte `p / 4` |
/// | 74 | 8 | `s` | 4 bits per two points: points `2 k` and `2 k + 1` are half `k % 2` of byte `k / 2` |
///
/// Element: `d * (s + 1/2) / 4 * coordinate`, signed.
final class IQ2_S extends BlockFormat {

    IQ2_S() {
        super(TensorType.IQ2_S);
    }
}
