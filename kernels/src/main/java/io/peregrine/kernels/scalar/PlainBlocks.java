package io.peregrine.kernels.scalar;

import java.lang.foreign.MemorySegment;

/// The formats that store each element by itself.
final class PlainBlocks {

    private PlainBlocks() {}

    static void f32(MemorySegment data, long at, int elements, float[] out, int o) {
        for (int i = 0; i < elements; i++) {
            out[o + i] = Fields.f32(data, at + 4L * i);
        }
    }

    static void f16(MemorySegment data, long at, int elements, float[] out, int o) {
        for (int i = 0; i < elements; i++) {
            out[o + i] = Fields.f16(data, at + 2L * i);
        }
    }

    static void bf16(MemorySegment data, long at, int elements, float[] out, int o) {
        for (int i = 0; i < elements; i++) {
            out[o + i] = Fields.bf16(data, at + 2L * i);
        }
    }
}
