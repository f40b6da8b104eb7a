package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;

/// MXFP4 to floats; see the format for the fields.
public final class MXFP4Decoder {

    private MXFP4Decoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 17, o += 32) {
            float half = Levels.halfPowerOfTwo(data, at);
            Levels.decode(Levels.E2M1_DOUBLED, data, at + 1, half, out, o);
        }
    }
}
