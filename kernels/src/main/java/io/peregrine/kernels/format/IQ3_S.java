package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 256 elements in 110 bytes: 64 points of a code book of 512 points with 4 odd coordinates from 1 to 15.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale of the scales |
/// | 2 | 64 | `l` | bits 0-7 of the number of each point |
/// | 66 | 8 | `h` | bit 8 of the number: point `p` is bit `p % 8` of byte `p / 8` |
/// | 74 | 32 | `m` | signs: element `i` is bit `i % 8` of byte `i / 8`, set if minus |
/// | 106 | 4 | `s` | 4 bits per 8 points: group `g` of 32 elements is half `g % 2` of byte `g / 2` |
///
/// Element: `d * (2 s + 1) * coordinate`, signed.
final class IQ3_S extends BlockFormat {

    IQ3_S() {
        super(TensorType.IQ3_S);
    }
}
