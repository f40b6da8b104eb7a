package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;

/// 256 elements in 66 bytes: codes of 2 bits for -1, 0 and 1 (and 2).
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 64 | `q` | 2 bits each: element `i` is bit pair `i / 32 % 4` of byte `i / 128 * 32 + i % 32` |
/// | 64 | 2 | `d` | f16, scale |
///
/// Element: `(q - 1) * d`.
final class TQ2_0 extends BlockFormat {

    TQ2_0() {
        super(TensorType.TQ2_0);
    }
}
