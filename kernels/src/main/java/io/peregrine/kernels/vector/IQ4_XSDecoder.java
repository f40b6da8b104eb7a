package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;

/// IQ4_XS to floats; see the format for the fields.
public final class IQ4_XSDecoder {

    private IQ4_XSDecoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 136, o += 256) {
            float d = Codes.f16(data, at);
            int high = Codes.int32(data, at) >>> 16;
            int low = Codes.int32(data, at + 4);
            for (int group = 0; group < 8; group++, low >>>= 4, high >>>= 2) {
                float scale = d * ((low & 15 | (high & 3) << 4) - 32);
                Levels.decode(Levels.IQ4, data, at + 8 + 16 * group, scale, out, o + 32 * group);
            }
        }
    }
}
