package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RoundedRow;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/// Scales of six bits that are spread over the bytes of their field, gathered to one per byte.
final class SixBits {

    private static final int W = Lanes.NARROW_WIDTH;

    private SixBits() {}

    /// The 8 scales of Q4_K or Q5_K from the 12 bytes of their field.
    static long scales(MemorySegment data, long at) {
        return join(Codes.int32(data, at), Codes.int32(data, at + 8));
    }

    /// The 8 minima of Q4_K or Q5_K from the 12 bytes of their field.
    static long mins(MemorySegment data, long at) {
        return join(Codes.int32(data, at + 4), Codes.int32(data, at + 8) >>> 4);
    }

    /// What the groups of a row of Q4_K or Q5_K need when it is multiplied with rounded activations: their scales times
    /// those of the activations go to the scratch memory, minima times sums of activations are taken from the result.
    ///
    /// @param blocks of the row
    static void decodeRow(MemorySegment data, long at, int blocks, int blockBytes, RoundedRow x, RowScratch scratch) {
        float[] scales = scratch.scales;
        FloatVector offset = FloatVector.zero(Lanes.NARROW_FLOAT);
        for (int i = 0; i < 8 * blocks; i += W) {
            long p = at + (long) (i / 8) * blockBytes;
            int j = i % 8;
            float d = Codes.f16(data, p);
            float min = Codes.f16(data, p + 2);
            long s = scales(data, p + 4);
            long m = mins(data, p + 4);
            FloatVector scale = (FloatVector) LongVector.broadcast(LongVector.SPECIES_128, s >>> 8 * j)
                    .reinterpretAsBytes()
                    .convertShape(VectorOperators.B2I, Lanes.NARROW_INT, 0)
                    .convert(VectorOperators.I2F, 0);
            scale.mul(d)
                    .mul(FloatVector.fromArray(Lanes.NARROW_FLOAT, x.scales, i))
                    .intoArray(scales, i);
            FloatVector minimum = (FloatVector) LongVector.broadcast(LongVector.SPECIES_128, m >>> 8 * j)
                    .reinterpretAsBytes()
                    .convertShape(VectorOperators.B2I, Lanes.NARROW_INT, 0)
                    .convert(VectorOperators.I2F, 0);
            offset = minimum.mul(min)
                    .fma(FloatVector.fromArray(Lanes.NARROW_FLOAT, x.sums, i), offset);
        }
        FloatVector.fromArray(Lanes.NARROW_FLOAT, scratch.lanes, 0).sub(offset).intoArray(scratch.lanes, 0);
    }

    private static long join(int first, int low) {
        int last = low & 0x0F0F_0F0F | (first >>> 6 & 0x0303_0303) << 4;
        return first & 0x3F3F_3F3FL | (long) last << 32;
    }

    /// 8 scales of Q3_K: `low` has their low four bits in the low half of each byte; of the bytes of `high`
    /// bits 0-1 are the high bits of the first four, bits 2-3 those of the others.
    static long ofQ3_K(long low, int high) {
        long top = high & 0x0303_0303L | (long) (high >>> 2 & 0x0303_0303) << 32;
        return low & 0x0F0F_0F0F_0F0F_0F0FL | top << 4;
    }
}
