package io.peregrine.kernels.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.RandomBlocks.Fill;
import io.peregrine.kernels.scalar.ScalarDecoder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The decode of the running width against the definition in plain loops, bit for bit.
@Tag("width")
class BlockFormatTest {

    private static final int[] BLOCKS = {
        0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 257, 1000, 4096
    };
    private static final float CANARY = Float.intBitsToFloat(0x7FC0_1234);

    static List<BlockFormat> formats() {
        return Formats.all();
    }

    static Stream<Arguments> formatsAndFills() {
        return Formats.all().stream().flatMap(f -> Arrays.stream(Fill.values()).map(fill -> Arguments.of(f, fill)));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void decode_anySizeAndOffset_equalsTheDefinition(BlockFormat format) {
        for (int blocks : BLOCKS) {
            if (blocks * format.type().blockElements() <= 1 << 13) {
                byte[] bytes = RandomBlocks.of(format.type(), blocks, Fill.NORMAL, blocks);
                for (int shift : new int[] {0, 1, 2, 3, 13}) {
                    check(format, bytes, shift, shift * 5 % 7);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("formatsAndFills")
    void decode_extremeBlocks_equalsTheDefinition(BlockFormat format, Fill fill) {
        int blocks = Math.max(3, 512 / format.type().blockElements());
        for (int seed = 0; seed < 3; seed++) {
            check(format, RandomBlocks.of(format.type(), blocks, fill, seed), 0, 0);
        }
    }

    @Test
    void decode_everyF16_equalsTheConversionOfTheJdk() {
        byte[] bytes = new byte[2 << 16];
        for (int i = 0; i < 1 << 16; i++) {
            bytes[2 * i] = (byte) i;
            bytes[2 * i + 1] = (byte) (i >> 8);
        }
        check(Formats.of(TensorType.F16), bytes, 0, 0);
        check(Formats.of(TensorType.BF16), bytes, 0, 0);
    }

    /// Decodes from native memory that ends with the blocks and from the heap, into a guarded array.
    private static void check(BlockFormat format, byte[] bytes, int offsetBytes, int outOffset) {
        TensorType type = format.type();
        int count = bytes.length / type.blockBytes() * type.blockElements();
        float[] expected = new float[count];
        ScalarDecoder.of(type).decode(MemorySegment.ofArray(bytes), 0, count / type.blockElements(), expected, 0);
        byte[] shifted = new byte[offsetBytes + bytes.length];
        System.arraycopy(bytes, 0, shifted, offsetBytes, bytes.length);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment nativeMemory = arena.allocate(shifted.length).copyFrom(MemorySegment.ofArray(shifted));
            for (MemorySegment data : List.of(MemorySegment.ofArray(shifted), nativeMemory)) {
                float[] out = new float[outOffset + count + 17];
                Arrays.fill(out, CANARY);
                format.decode(data, offsetBytes, count, out, outOffset);
                for (int i = 0; i < out.length; i++) {
                    boolean inside = i >= outOffset && i < outOffset + count;
                    float wanted = inside ? expected[i - outOffset] : CANARY;
                    boolean same = inside
                            ? Float.floatToIntBits(out[i]) == Float.floatToIntBits(wanted)
                            : Float.floatToRawIntBits(out[i]) == Float.floatToRawIntBits(wanted);
                    if (!same) {
                        fail(format + ", " + count + " elements from byte " + offsetBytes + " to " + outOffset
                                + ": out[" + i + "] is " + out[i] + ", expected " + wanted);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void decode_warm_allocatesNothing(BlockFormat format) {
        TensorType type = format.type();
        int blocks = 512 / type.blockElements();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        float[] out = new float[512];
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = RandomBlocks.of(type, blocks, Fill.NORMAL, 1);
            MemorySegment data = arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < 1000 && allocated != 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int call = 0; call < 100; call++) {
                    format.decode(data, 0, 512, out, 0);
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertEquals(0, allocated, "bytes allocated by 100 warm calls");
        }
    }

    @Test
    void decode_partOfABlock_isRefused() {
        BlockFormat format = Formats.of(TensorType.Q4_K);
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> format.decode(MemorySegment.ofArray(new byte[144]), 0, 100, new float[256], 0));
        assertEquals("Q4_K stores blocks of 256 elements; a row of 100 does not fit", e.getMessage());
    }

    @ParameterizedTest
    @MethodSource("formats")
    void decode_beyondEitherEnd_isRefusedAndWritesNothing(BlockFormat format) {
        int elements = 2 * format.type().blockElements();
        MemorySegment data = MemorySegment.ofArray(new byte[2 * format.type().blockBytes()]);
        float[] out = new float[elements];
        Arrays.fill(out, CANARY);
        assertThrows(IndexOutOfBoundsException.class, () -> format.decode(data, 1, elements, out, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> format.decode(data, -1, elements, out, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> format.decode(data, 0, elements, out, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> format.decode(data, 0, elements, out, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> format.decode(data, 0, -elements, out, 0));
        for (float x : out) {
            assertEquals(Float.floatToRawIntBits(CANARY), Float.floatToRawIntBits(x));
        }
    }
}
