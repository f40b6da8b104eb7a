package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// How the fields of a block enter the lanes: as many small integers as a float vector has lanes, widened.
///
/// The methods are small enough to be inlined always, which keeps the vectors in registers.
final class Codes {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// The largest rounded activation of which two products with codes of up to five bits, or signed ones of six, fit
    /// into 16 bits.
    static final int FINE_RANGE = 511;

    /// Bytes of half a block of 16 that loops on narrow vectors take at a time, and how often they do. Loops count all
    /// steps of all blocks: a loop inside, even of one round, makes the compiler allocate in some starts.
    static final int STEP = 2 * Lanes.NARROW_WIDTH;

    static final int STEPS = 16 / STEP;

    /// The number of each lane.
    private static final IntVector INDEX = IntVector.zero(Lanes.INT).addIndex(1);

    /// At least [Lanes#WIDTH] bytes.
    static final VectorSpecies<Byte> BYTES =
            Lanes.WIDTH == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

    private Codes() {}

    static float f16(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(SHORT, at));
    }

    static float bf16(MemorySegment data, long at) {
        return Float.intBitsToFloat(data.get(SHORT, at) << 16);
    }

    static int int32(MemorySegment data, long at) {
        return data.get(INT, at);
    }

    static long int64(MemorySegment data, long at) {
        return data.get(LONG, at);
    }

    /// [Lanes#WIDTH] unsigned bytes.
    static IntVector unsigned(MemorySegment data, long at) {
        return (IntVector) bytes(data, at).convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INT, 0);
    }

    /// [Lanes#WIDTH] signed bytes.
    static IntVector signed(MemorySegment data, long at) {
        return (IntVector) bytes(data, at).convertShape(VectorOperators.B2I, Lanes.INT, 0);
    }

    /// [Lanes#WIDTH] signed 16-bit integers.
    static IntVector shorts(MemorySegment data, long at) {
        return (IntVector) ShortVector.fromMemorySegment(Lanes.HALF_SHORT, data, at, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.S2I, Lanes.INT, 0);
    }

    /// Bits `first, first + 1, ...` of `bits`, one in each lane and there as bit 4.
    static IntVector bit4(int bits, int first) {
        return IntVector.broadcast(Lanes.INT, Integer.rotateLeft(bits, 4 - first))
                .lanewise(VectorOperators.LSHR, INDEX)
                .and(16);
    }

    /// [Lanes#WIDTH] bytes at the start of a vector of 16.
    static ByteVector bytes(MemorySegment data, long at) {
        return switch (Lanes.WIDTH) {
            case 4 -> IntVector.broadcast(IntVector.SPECIES_128, data.get(INT, at)).reinterpretAsBytes();
            case 8 ->
                (ByteVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_64, data, at, ByteOrder.LITTLE_ENDIAN)
                        .reinterpretShape(ByteVector.SPECIES_128, 0);
            default -> ByteVector.fromMemorySegment(ByteVector.SPECIES_128, data, at, ByteOrder.LITTLE_ENDIAN);
        };
    }
}
