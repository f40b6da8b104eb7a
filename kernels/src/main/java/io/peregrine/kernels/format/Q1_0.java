package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 128 elements in 18 bytes: the scale, with a sign for each element.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale |
/// | 2 | 16 | `q` | 1 bit each: element `i` is bit `i % 8` of byte `i / 8` |
///
/// Element: `(2 q - 1) * d`.
final class Q1_0 extends BlockFormat {

    Q1_0() {
        super(TensorType.Q1_0);
    }
}
