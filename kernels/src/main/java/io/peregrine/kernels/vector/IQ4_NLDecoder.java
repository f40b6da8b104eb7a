package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;

/// IQ4_NL to floats; see the format for the fields.
public final class IQ4_NLDecoder {

    private IQ4_NLDecoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 18, o += 32) {
            Levels.decode(Levels.IQ4, data, at + 2, Codes.f16(data, at), out, o);
        }
    }
}
