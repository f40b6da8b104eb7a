package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// F16 to floats; see the format for the fields.
///
/// The Vector API has no conversion of 16-bit floats, so it is computed. Let `t` be the bits of a number
/// without its sign, moved to where a float has them, and `x` the float with bits `t + (224 << 23)`: the
/// exponents 1..30 become those of `v * 2^112`, where `v` is the wanted value, and 31 becomes that of
/// infinities and NaNs. So `v = x * 2^-112`, except for exponent 0, where `x` has a leading one that the
/// number lacks: `v = x * 2^-111 - 2^-14`. Of these two the smaller is the right one in each case. As bits of
/// floats that are not negative they compare as integers do. No subnormal float is an operand, which
/// processors are slow with.
public final class F16Decoder {

    private F16Decoder() {}

    /// Decodes `count` elements from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int count, float[] out, int o) {
        int vectors = Lanes.FLOAT.loopBound(count);
        int i = 0;
        for (; i < vectors; i += Lanes.WIDTH) {
            IntVector bits = Codes.shorts(data, at + 2L * i);
            FloatVector x = bits.lanewise(VectorOperators.LSHL, 13)
                    .and(0x0FFF_E000)
                    .or(224 << 23)
                    .reinterpretAsFloats();
            IntVector normal = x.mul(0x1p-112f).reinterpretAsInts();
            IntVector subnormal = x.mul(0x1p-111f).sub(0x1p-14f).reinterpretAsInts();
            normal.min(subnormal).or(bits.and(0x8000_0000)).reinterpretAsFloats().intoArray(out, o + i);
        }
        for (; i < count; i++) {
            out[o + i] = Codes.f16(data, at + 2L * i);
        }
    }
}
