package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// 32-bit IEEE floats.
///
/// | offset | bytes | field | meaning |
/// |---|---|---|---|
/// | 0 | 4 | `x` | the element |
///
/// Element: `x`.
final class F32 extends BlockFormat {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    F32() {
        super(TensorType.F32);
    }

    @Override
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        MemorySegment.copy(data, FLOAT, at, out, o, blocks);
    }
}
