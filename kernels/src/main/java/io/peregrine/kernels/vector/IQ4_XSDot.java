package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of IQ4_XS times a row of activations; see the format for the fields.
public final class IQ4_XSDot {

    private IQ4_XSDot() {}

    /// See [RowDot#dot].
    public static void dot(MemorySegment data, long at, int count, float[] x, int o, RowScratch scratch) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        for (int i = 0; i < count; i += 256, at += 136) {
            float d = Codes.f16(data, at);
            int top = Codes.int32(data, at) >>> 16;
            int bottom = Codes.int32(data, at + 4);
            for (int group = 0; group < 8; group++, bottom >>>= 4, top >>>= 2, o += 32) {
                float scale = d * ((bottom & 15 | (top & 3) << 4) - 32);
                long codes = at + 8 + 16 * group;
                for (int j = 0; j < 16; j += Lanes.WIDTH) {
                    ByteVector q = Codes.bytes(data, codes + j);
                    ByteVector low = q.and((byte) 15).selectFrom(Levels.IQ4);
                    ByteVector high = q.lanewise(VectorOperators.LSHR, 4).and((byte) 15).selectFrom(Levels.IQ4);
                    a = ((FloatVector) low.convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                            .mul(scale)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, o + j), a);
                    b = ((FloatVector) high.convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                            .mul(scale)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, o + j + 16), b);
                }
            }
        }
        FloatVector.fromArray(Lanes.FLOAT, scratch.lanes, 0).add(a).add(b).intoArray(scratch.lanes, 0);
    }
}
