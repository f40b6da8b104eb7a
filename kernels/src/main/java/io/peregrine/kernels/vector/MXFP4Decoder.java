package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// MXFP4 to floats; see the format for the fields.
public final class MXFP4Decoder {

    private MXFP4Decoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 17, o += 32) {
            int e = data.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
            float half = Float.intBitsToFloat(e < 2 ? 0x0020_0000 << e : e - 1 << 23);
            Levels.decode(Levels.E2M1_DOUBLED, data, at + 1, half, out, o);
        }
    }
}
