package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 256 elements in 54 bytes: -1, 0 and 1, five of them in a byte.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 32 | `a` | elements 0-159: element `i` is digit `i / 32` of byte `i % 32` |
/// | 32 | 16 | `b` | elements 160-239: element `160 + i` is digit `i / 16` of byte `i % 16` |
/// | 48 | 4 | `c` | elements 240-255: element `240 + i` is digit `i / 4` of byte `i % 4` |
/// | 52 | 2 | `d` | f16, scale |
///
/// The digits of a byte `x` are those of the fraction `x / 256` in base 3, the first after the point being
/// digit 0.
///
/// Element: `(digit - 1) * d`.
final class TQ1_0 extends BlockFormat {

    TQ1_0() {
        super(TensorType.TQ1_0);
    }
}
