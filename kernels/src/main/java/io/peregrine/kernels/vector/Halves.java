package io.peregrine.kernels.vector;

/// How 16-bit floats become floats without an instruction for it: exactly, all but infinity and NaN.
///
/// Kernels write it out, because a method that returns a vector is not always inlined. `h` are the 16 bits,
/// sign-extended to 32:
///
/// ```
/// n = (h << 13 & MAGNITUDE) + REBIAS     the number without its sign, unless it is subnormal: then, with m as
///                                        mantissa, it is 2^-15 (1 + m / 1024) instead of 2^-14 m / 1024
/// 2 n + LEAST                            the number, if it is subnormal; if not, it is no less than n
/// min(n, 2 n + LEAST) | h & SIGN         the number; no negative ones are compared, so their bits may be
/// ```
final class Halves {

    static final int MAGNITUDE = 0x0FFF_E000;
    static final int REBIAS = 127 - 15 << 23;
    static final int SIGN = 0x8000_0000;

    /// The smallest normal number, negative.
    static final float LEAST = -0x1p-14f;

    private Halves() {}
}
