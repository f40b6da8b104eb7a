package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Powers of two, the base of every exponential here.
///
/// `2^x = 2^n * 2^r` with `n` the integer next to `x` and `r` in -0.5 .. 0.5. `2^r` is a polynomial of degree
/// 6 that differs from it by less than 3e-9 of its value (minimax, coefficients rounded to float one after
/// the other). With the roundings of its evaluation the result is within 1 ulp. Written without the library
/// functions of the Vector API, whose results differ between interpreter and compiler.
final class Exponential {

    /// Factor from natural to binary exponents.
    static final float LOG2_E = 1.442695f;

    /// Largest argument of [#exp2].
    private static final float LARGEST = 128;

    /// Below it the result is 0: the smallest exponent of a normal float.
    private static final float SMALLEST = -126;

    /// Adding it rounds to an integer, and leaves that integer plus the exponent's bias in the low bits.
    private static final float ROUND = 0x1.8p23f + 127;

    private static final int MANTISSA_BITS = 23;

    private static final float C1 = 0x1.62e43p-1f;
    private static final float C2 = 0x1.ebfbdcp-3f;
    private static final float C3 = 0x1.c6af7cp-5f;
    private static final float C4 = 0x1.3b2de0p-7f;
    private static final float C5 = 0x1.5f082ep-10f;
    private static final float C6 = 0x1.416b5ep-13f;

    private static final float W1 = 0x1.62e42ap-1f;
    private static final float W2 = 0x1.ebf9c2p-3f;
    private static final float W3 = 0x1.c6b6dap-5f;
    private static final float W4 = 0x1.3ce8b2p-7f;
    private static final float W5 = 0x1.5bd97ap-10f;

    /// The bits that [#ROUND] leaves of -127: the exponent of zero.
    private static final int ZERO = Float.floatToRawIntBits(0x1.8p23f);

    private Exponential() {}

    /// `2^x` for `x` up to 128 or NaN; infinity from 127.5 on, 0 where it were less than the smallest normal
    /// number.
    static FloatVector exp2(FloatVector x) {
        FloatVector rounded = x.add(ROUND);
        FloatVector r = x.sub(rounded.sub(ROUND));
        FloatVector p = FloatVector.broadcast(Lanes.FLOAT, C6)
                .fma(r, FloatVector.broadcast(Lanes.FLOAT, C5))
                .fma(r, FloatVector.broadcast(Lanes.FLOAT, C4))
                .fma(r, FloatVector.broadcast(Lanes.FLOAT, C3))
                .fma(r, FloatVector.broadcast(Lanes.FLOAT, C2))
                .fma(r, FloatVector.broadcast(Lanes.FLOAT, C1))
                .fma(r, FloatVector.broadcast(Lanes.FLOAT, 1));
        IntVector exponent = rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, MANTISSA_BITS);
        return p.mul(exponent.reinterpretAsFloats()).blend(0, x.compare(VectorOperators.LT, SMALLEST));
    }

    /// `2^x` for any `x`, with the limits of [#exp2].
    static FloatVector exp2Any(FloatVector x) {
        return exp2(x.blend(LARGEST, x.compare(VectorOperators.GT, LARGEST)));
    }

    /// `2^x` for weights of attention: for `x` up to 128, but not -infinity, which becomes NaN. Within 3 ulp, 0 from
    /// -126.5 on, and a third cheaper than [#exp2]: the polynomial has degree 5 and differs by 1e-7 of its value, and
    /// the exponent is kept from wrapping around instead of what it makes of the result.
    static FloatVector weight(FloatVector x) {
        FloatVector rounded = x.add(ROUND);
        FloatVector r = x.sub(rounded.sub(ROUND));
        FloatVector p = FloatVector.broadcast(Lanes.FLOAT, W5)
                .fma(r, FloatVector.broadcast(Lanes.FLOAT, W4))
                .fma(r, FloatVector.broadcast(Lanes.FLOAT, W3))
                .fma(r, FloatVector.broadcast(Lanes.FLOAT, W2))
                .fma(r, FloatVector.broadcast(Lanes.FLOAT, W1))
                .fma(r, FloatVector.broadcast(Lanes.FLOAT, 1));
        IntVector exponent = rounded.reinterpretAsInts().max(ZERO).lanewise(VectorOperators.LSHL, MANTISSA_BITS);
        return p.mul(exponent.reinterpretAsFloats());
    }
}
