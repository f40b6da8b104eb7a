package io.peregrine.kernels.scalar;

import java.lang.foreign.MemorySegment;

/// The formats that store each element by itself.
final class PlainBlocks {

    private PlainBlocks() {}

    static void f32(MemorySegment data, long at, float[] out, int o) {
        out[o] = Fields.f32(data, at);
    }

    static void f16(MemorySegment data, long at, float[] out, int o) {
        out[o] = Fields.f16(data, at);
    }

    static void bf16(MemorySegment data, long at, float[] out, int o) {
        out[o] = Fields.bf16(data, at);
    }
}
