package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 64 elements in 18 bytes: codes of 2 bits for -1, 0, 1 and 2.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 2 | `d` | f16, scale |
/// | 2 | 16 | `q` | 2 bits each: element `i` is bit pair `i % 4` of byte `i / 4` |
///
/// Element: `(q - 1) * d`.
final class Q2_0 extends BlockFormat {

    Q2_0() {
        super(TensorType.Q2_0);
    }
}
