package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q6_K times a row of activations; see the format for the fields.
///
/// The codes of a stretch are put together in bytes, as many at a time as a vector holds, before they are widened.
public final class Q6_KDot {

    private static final int L = Lanes.WIDTH;
    private static final int LOW = 0x0F0F_0F0F;
    private static final int TOP = 0x3030_3030;
    private static final byte OFFSET = 32;

    private Q6_KDot() {}

    /// See [RowDot#dot].
    public static void dot(MemorySegment data, long at, int count, float[] x, int o, RowScratch scratch) {
        for (int i = 0; i < count; i += RowScratch.STRETCH) {
            int length = Math.min(RowScratch.STRETCH, count - i);
            for (int b = 0; b < length; b += 256, at += 210) {
                unpack(data, at, at + 128, scratch.codes, b);
                unpack(data, at + 64, at + 160, scratch.codes, b + 128);
                scales(data, at, scratch.scales, b / 16);
            }
            multiply(scratch.codes, scratch.scales, length, x, o + i, scratch.lanes);
        }
    }

    /// Unpacks half a block: 64 bytes of low bits, 32 bytes of high bits.
    private static void unpack(MemorySegment data, long low, long high, byte[] codes, int o) {
        for (int j = 0; j < 32; j += 4 * Lanes.NARROW_WIDTH) {
            IntVector a = IntVector.fromMemorySegment(Lanes.NARROW_INT, data, low + j, ByteOrder.LITTLE_ENDIAN);
            IntVector b = IntVector.fromMemorySegment(Lanes.NARROW_INT, data, low + 32 + j, ByteOrder.LITTLE_ENDIAN);
            IntVector h = IntVector.fromMemorySegment(Lanes.NARROW_INT, data, high + j, ByteOrder.LITTLE_ENDIAN);
            a.and(LOW)
                    .or(h.lanewise(VectorOperators.LSHL, 4).and(TOP))
                    .reinterpretAsBytes()
                    .sub(OFFSET)
                    .intoArray(codes, o + j);
            b.and(LOW)
                    .or(h.lanewise(VectorOperators.LSHL, 2).and(TOP))
                    .reinterpretAsBytes()
                    .sub(OFFSET)
                    .intoArray(codes, o + j + 32);
            a.lanewise(VectorOperators.LSHR, 4)
                    .and(LOW)
                    .or(h.and(TOP))
                    .reinterpretAsBytes()
                    .sub(OFFSET)
                    .intoArray(codes, o + j + 64);
            b.lanewise(VectorOperators.LSHR, 4)
                    .and(LOW)
                    .or(h.lanewise(VectorOperators.LSHR, 2).and(TOP))
                    .reinterpretAsBytes()
                    .sub(OFFSET)
                    .intoArray(codes, o + j + 96);
        }
    }

    private static void scales(MemorySegment data, long at, float[] scales, int o) {
        FloatVector d = FloatVector.broadcast(Lanes.FLOAT, Codes.f16(data, at + 208));
        for (int j = 0; j < 16; j += L) {
            d.mul((FloatVector) Codes.signed(data, at + 192 + j).convert(VectorOperators.I2F, 0))
                    .intoArray(scales, o + j);
        }
    }

    /// Two vectors of each of two groups of 16 in a step; of one group where a vector has four lanes, or one of each
    /// where it has sixteen.
    private static void multiply(byte[] codes, float[] scales, int count, float[] x, int o, float[] lanes) {
        if (L == 8) {
            pairs(codes, scales, count, x, o, lanes);
        } else {
            singles(codes, scales, count, x, o, lanes);
        }
    }

    private static void pairs(byte[] codes, float[] scales, int count, float[] x, int o, float[] lanes) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        for (int i = 0; i < count; i += 32) {
            FloatVector s = ((FloatVector) ByteVector.fromArray(Codes.BYTES, codes, i)
                            .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                    .mul(FloatVector.fromArray(Lanes.FLOAT, x, o + i));
            FloatVector t = ((FloatVector) ByteVector.fromArray(Codes.BYTES, codes, i + 16)
                            .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                    .mul(FloatVector.fromArray(Lanes.FLOAT, x, o + i + 16));
            FloatVector u = ((FloatVector) ByteVector.fromArray(Codes.BYTES, codes, i + 8)
                            .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, o + i + 8), s);
            FloatVector v = ((FloatVector) ByteVector.fromArray(Codes.BYTES, codes, i + 24)
                            .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, o + i + 24), t);
            a = FloatVector.broadcast(Lanes.FLOAT, scales[i / 16]).fma(u, a);
            b = FloatVector.broadcast(Lanes.FLOAT, scales[i / 16 + 1]).fma(v, b);
        }
        FloatVector.fromArray(Lanes.FLOAT, lanes, 0).add(a).add(b).intoArray(lanes, 0);
    }

    private static void singles(byte[] codes, float[] scales, int count, float[] x, int o, float[] lanes) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        for (int i = 0; i < count; i += 2 * L) {
            FloatVector s = ((FloatVector) ByteVector.fromArray(Codes.BYTES, codes, i)
                            .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                    .mul(FloatVector.fromArray(Lanes.FLOAT, x, o + i));
            FloatVector t = ((FloatVector) ByteVector.fromArray(Codes.BYTES, codes, i + L)
                            .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                    .mul(FloatVector.fromArray(Lanes.FLOAT, x, o + i + L));
            a = FloatVector.broadcast(Lanes.FLOAT, scales[i / 16]).fma(s, a);
            b = FloatVector.broadcast(Lanes.FLOAT, scales[(i + L) / 16]).fma(t, b);
        }
        FloatVector.fromArray(Lanes.FLOAT, lanes, 0).add(a).add(b).intoArray(lanes, 0);
    }
}
