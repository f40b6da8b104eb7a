package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.Simd;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The species of the width that [io.peregrine.kernels.internal.Simd] chose: the only place where kernels get
/// a species from.
///
/// All are constants for the compiler. `HALF_` species have half the bits (a vector of 16-bit elements with
/// as many lanes as [#FLOAT]). `NARROW_` species have 256 bits at most, for loops over blocks that do not fill more.
public final class Lanes {

    private static final VectorShape SHAPE = VectorShape.forBitSize(Simd.BITS);
    private static final VectorShape HALF = VectorShape.forBitSize(Simd.BITS / 2);

    public static final VectorSpecies<Float> FLOAT = VectorSpecies.of(float.class, SHAPE);
    public static final VectorSpecies<Integer> INT = VectorSpecies.of(int.class, SHAPE);
    public static final VectorSpecies<Short> SHORT = VectorSpecies.of(short.class, SHAPE);
    public static final VectorSpecies<Byte> BYTE = VectorSpecies.of(byte.class, SHAPE);
    public static final VectorSpecies<Short> HALF_SHORT = VectorSpecies.of(short.class, HALF);
    public static final VectorSpecies<Byte> HALF_BYTE = VectorSpecies.of(byte.class, HALF);

    private static final VectorShape NARROW = VectorShape.forBitSize(Math.min(256, Simd.BITS));

    public static final VectorSpecies<Float> NARROW_FLOAT = VectorSpecies.of(float.class, NARROW);
    public static final VectorSpecies<Integer> NARROW_INT = VectorSpecies.of(int.class, NARROW);
    public static final VectorSpecies<Short> NARROW_SHORT = VectorSpecies.of(short.class, NARROW);

    /// As many bytes as [#NARROW_SHORT] has lanes.
    public static final VectorSpecies<Byte> NARROW_HALF_BYTE =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(NARROW.vectorBitSize() / 2));

    /// Lanes of [#NARROW_FLOAT]: 4 or 8.
    public static final int NARROW_WIDTH = NARROW_FLOAT.length();

    /// Lanes of [#FLOAT]: 4, 8 or 16.
    public static final int WIDTH = FLOAT.length();

    /// Whether there are 32 vector registers: with vectors of 512 bits, and on ARM.
    static final boolean MANY_REGISTERS =
            WIDTH == 16 || System.getProperty("os.arch").equals("aarch64");

    private Lanes() {}
}
