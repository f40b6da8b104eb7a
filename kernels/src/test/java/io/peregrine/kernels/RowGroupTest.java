package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.RandomBlocks;
import io.peregrine.kernels.internal.GroupLayout;
import io.peregrine.kernels.internal.GroupRow;
import io.peregrine.kernels.internal.RoundedRow;
import io.peregrine.kernels.internal.RowGroup;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.scalar.ScalarDecoder;
import io.peregrine.kernels.scalar.ScalarProductLoops;
import io.peregrine.kernels.vector.VectorProductLoops;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("facade")
class RowGroupTest {

    private static final int[] BLOCKS = {1, 2, 5, 8, 33};
    private static final int[] ROWS = {16, 1, 15, 7, 16};
    private static final int GUARDED = 64;

    static List<TensorType> packed() {
        return Stream.of(TensorType.values())
                .filter(type -> GroupLayout.of(type) != null)
                .toList();
    }

    static List<TensorType> multiplied() {
        assumeTrue(Simd.VECTOR, "plain loops have no products of groups");
        return Stream.of(TensorType.values())
                .filter(type -> new VectorProductLoops().rowGroup(type) != null)
                .toList();
    }

    @Test
    void rowGroup_everyFormatHasALayout() {
        for (TensorType type : multiplied()) {
            assertTrue(GroupLayout.of(type) != null, type.toString());
            assertNull(new ScalarProductLoops().rowGroup(type));
        }
    }

    /// Each activation is off by half a step at most, and the steps of 32 activations are equal.
    @ParameterizedTest
    @MethodSource("multiplied")
    void dot_anySize_errsByTheRoundingOnly(TensorType type) {
        for (int i = 0; i < BLOCKS.length; i++) {
            for (RandomBlocks.Fill fill : List.of(
                    RandomBlocks.Fill.NORMAL,
                    RandomBlocks.Fill.ALL_MIN,
                    RandomBlocks.Fill.ALL_MAX,
                    RandomBlocks.Fill.ZERO,
                    RandomBlocks.Fill.SUBNORMAL)) {
                Case c = new Case(type, ROWS[i], BLOCKS[i], fill, i);
                c.assertClose(Fills.normal(c.columns, i), 0.5);
            }
        }
    }

    /// Sums as large as they can become still fit: nothing but floats may round once the activations are rounded.
    @ParameterizedTest
    @MethodSource("multiplied")
    void dot_roundedActivations_areMultipliedExactly(TensorType type) {
        Random random = new Random(1);
        for (int i = 0; i < BLOCKS.length; i++) {
            for (RandomBlocks.Fill fill :
                    List.of(RandomBlocks.Fill.NORMAL, RandomBlocks.Fill.ALL_MIN, RandomBlocks.Fill.ALL_MAX)) {
                Case c = new Case(type, ROWS[i], BLOCKS[i], fill, i);
                c.withoutMinima();
                float[] x = new float[c.columns];
                for (int j = 0; j < x.length; j++) {
                    x[j] = random.nextInt(-1000, 1001);
                }
                c.assertExact(x);
                Arrays.fill(x, 3);
                c.assertExact(x);
                Arrays.fill(x, -3);
                c.assertExact(x);
                for (int j = 0; j < x.length; j += 2 + j % 5) {
                    x[j] = 5;
                }
                c.assertExact(x);
            }
        }
    }

    /// Steps are never larger than those of seven bits and a sign, and mostly much smaller.
    @ParameterizedTest
    @MethodSource("multiplied")
    void arrange_stepsAreFine(TensorType type) {
        float[] x = Fills.normal(4096, 1);
        GroupRow row = new GroupRow();
        kernel(type).arrange(x, 0, x.length, row);
        double finer = 0;
        for (int b = 0; b < x.length / RoundedRow.BLOCK; b++) {
            double coarse = largestOfBlock(x, b * RoundedRow.BLOCK) / 127;
            assertTrue(row.rounded.scales[b] <= coarse);
            finer += coarse / row.rounded.scales[b];
        }
        assertTrue(finer / (x.length / RoundedRow.BLOCK) > 2, type + ": " + finer);
    }

    /// Each element alone, so that none stands in for another.
    @ParameterizedTest
    @MethodSource("multiplied")
    void dot_oneActivation_meetsItsWeight(TensorType type) {
        Case c = new Case(type, 16, 1, RandomBlocks.Fill.NORMAL, 3);
        for (int i = 0; i < c.columns; i++) {
            float[] x = new float[c.columns];
            x[i] = -3;
            c.assertClose(x, 0.5);
        }
    }

    @ParameterizedTest
    @MethodSource("multiplied")
    void dot_zeroTinyAndNotANumber_reachTheirResultsOnly(TensorType type) {
        Case c = new Case(type, 16, 2, RandomBlocks.Fill.NORMAL, 1);
        float[] x = new float[c.columns];
        assertArrayEquals(new float[16], c.sums(x));
        x[5] = 1e-44f;
        for (float y : c.sums(x)) {
            assertEquals(0, y, 1e-35f);
        }
        x[7] = Float.NaN;
        for (float y : c.sums(x)) {
            assertTrue(Float.isNaN(y));
        }
    }

    @ParameterizedTest
    @MethodSource("multiplied")
    void dot_addsToTheSums(TensorType type) {
        Case c = new Case(type, 16, 1, RandomBlocks.Fill.ZERO, 1);
        float[] sums = Fills.normal(RowGroup.SUMS, 1);
        float[] expected = Arrays.copyOf(sums, 16);
        c.dot(Fills.normal(c.columns, 2), sums);
        assertArrayEquals(expected, Arrays.copyOf(sums, 16));
    }

    @ParameterizedTest
    @MethodSource("multiplied")
    void dot_warm_allocatesNothing(TensorType type) {
        assumeTrue(RowGroup.PAYS, "not used at this width");
        Case c = new Case(type, 16, 2, RandomBlocks.Fill.NORMAL, 1);
        RowGroup kernel = kernel(type);
        float[] x = Fills.normal(c.columns, 1);
        GroupRow row = new GroupRow();
        float[] sums = new float[RowGroup.SUMS];
        Allocations.assertNoneWhenWarm(() -> {
            kernel.arrange(x, 0, c.columns, row);
            kernel.dot(c.group, GUARDED, c.columns, row, sums);
        });
    }

    /// Field by field, as a plain reading of the layout has it.
    @ParameterizedTest
    @MethodSource("packed")
    void pack_everyFieldOfEveryRowIsInItsPlace(TensorType type) {
        int[] halves =
                switch (type) {
                    case Q4_0 -> new int[] {0};
                    case Q6_K -> new int[] {208};
                    default -> new int[] {0, 2};
                };
        for (int i = 0; i < BLOCKS.length; i++) {
            Case c = new Case(type, ROWS[i], BLOCKS[i], RandomBlocks.Fill.NORMAL, i);
            long at = GUARDED;
            for (int b = 0; b < BLOCKS[i]; b++) {
                for (int half : halves) {
                    for (int r = 0; r < 16; r++, at += 2) {
                        assertEquals(c.stored(r, b, half, 2), c.packed(at, 2));
                    }
                }
                for (int word : words(type, halves.length)) {
                    for (int r = 0; r < 16; r++, at += 4) {
                        assertEquals(c.stored(r, b, word, 4), c.packed(at, 4));
                    }
                }
            }
            assertEquals(c.group.byteSize() - GUARDED, at);
        }
    }

    /// Where the words of a block are, in the order of a group.
    private static List<Integer> words(TensorType type, int halves) {
        List<Integer> words = new ArrayList<>();
        if (type != TensorType.Q6_K) {
            for (int at = 2 * halves; at < type.blockBytes(); at += 4) {
                words.add(at);
            }
            return words;
        }
        // Scales behind everything; then of each 128 weights: lower bits 32 bytes apart, and the upper bits of both.
        words.addAll(List.of(192, 196, 200, 204));
        for (int part = 0; part < 2; part++) {
            for (int l = 0; l < 32; l += 4) {
                words.addAll(List.of(64 * part + l, 64 * part + l + 32, 128 + 32 * part + l));
            }
        }
        return words;
    }

    @ParameterizedTest
    @MethodSource("packed")
    void pack_writesTheGroupOnly(TensorType type) {
        Case c = new Case(type, 5, 3, RandomBlocks.Fill.NOISE, 1);
        assertEquals(16L * 3 * type.blockBytes(), c.layout.bytes(c.columns));
        for (int i = 0; i < GUARDED; i++) {
            assertEquals(99, c.group.get(ValueLayout.JAVA_BYTE, i));
            assertEquals(99, c.group.get(ValueLayout.JAVA_BYTE, c.group.byteSize() - 1 - i));
        }
    }

    @ParameterizedTest
    @MethodSource("packed")
    void pack_scalesThatAreNotFinite_areRefused(TensorType type) {
        assertTrue(new Case(type, 16, 2, RandomBlocks.Fill.NORMAL, 1).finite);
        assertTrue(new Case(type, 16, 2, RandomBlocks.Fill.SUBNORMAL, 1).finite);
        assertFalse(new Case(type, 16, 2, RandomBlocks.Fill.INFINITE, 1).finite);
        assertFalse(new Case(type, 16, 2, RandomBlocks.Fill.NAN, 1).finite);
    }

    @ParameterizedTest
    @MethodSource("packed")
    void pack_wrongArguments_areRefused(TensorType type) {
        Case c = new Case(type, 16, 2, RandomBlocks.Fill.NORMAL, 1);
        MemorySegment small = c.group.asSlice(0, c.group.byteSize() - 2 * GUARDED - 1);
        GroupLayout.Staging staging = new GroupLayout.Staging();
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> c.layout.pack(c.data, c.firstRow, c.rowStride, 16, c.columns, small, 0, staging));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> c.layout.pack(c.data, c.firstRow, c.rowStride, 17, c.columns, c.group, 0, staging));
        assertThrows(IllegalArgumentException.class, () -> c.layout.bytes(type.blockElements() + 1));
    }

    @ParameterizedTest
    @EnumSource(value = TensorType.class, names = {"F32", "F16", "IQ4_XS", "MXFP4"})
    void of_otherTypes_isNull(TensorType type) {
        assertNull(GroupLayout.of(type));
    }

    private static RowGroup kernel(TensorType type) {
        return Objects.requireNonNull(new VectorProductLoops().rowGroup(type));
    }

    private static double largestOfBlock(float[] x, int i) {
        int from = i / RoundedRow.BLOCK * RoundedRow.BLOCK;
        double largest = 0;
        for (int j = from; j < from + RoundedRow.BLOCK; j++) {
            largest = Math.max(largest, Math.abs(x[j]));
        }
        return largest;
    }

    /// A packed group with guards around it, made of rows that do not follow each other.
    private static final class Case {

        final TensorType type;
        final GroupLayout layout;
        final int rows;
        final int columns;
        final long rowBytes;
        final long rowStride;
        final long firstRow = 6;
        final MemorySegment data;
        final MemorySegment group;
        final boolean finite;

        Case(TensorType type, int rows, int blocks, RandomBlocks.Fill fill, long seed) {
            this.type = type;
            this.layout = Objects.requireNonNull(GroupLayout.of(type));
            this.rows = rows;
            this.columns = blocks * type.blockElements();
            this.rowBytes = type.rowBytes(columns);
            this.rowStride = rowBytes + 2 * (seed % 3);
            this.data = Arena.ofAuto().allocate(firstRow + rows * rowStride, 64);
            byte[] bytes = RandomBlocks.of(type, rows * blocks, fill, seed);
            for (int r = 0; r < rows; r++) {
                int from = Math.toIntExact(r * rowBytes);
                MemorySegment.copy(
                        bytes, from, data, ValueLayout.JAVA_BYTE, firstRow + r * rowStride, Math.toIntExact(rowBytes));
            }
            this.group = Arena.ofAuto().allocate(layout.bytes(columns) + 2 * GUARDED, 64);
            group.fill((byte) 99);
            this.finite = pack();
        }

        /// Bytes of a block of a row; zero for rows that are not there.
        long stored(int row, int block, int from, int count) {
            long at = firstRow + row * rowStride + (long) block * type.blockBytes() + from;
            return row < rows ? bytes(data, at, count) : 0;
        }

        long packed(long at, int count) {
            return bytes(group, at, count);
        }

        private static long bytes(MemorySegment segment, long at, int count) {
            long value = 0;
            for (int i = 0; i < count; i++) {
                value = value << 8 | segment.get(ValueLayout.JAVA_BYTE, at + i) & 0xFF;
            }
            return value;
        }

        /// Makes the factors of all minima zero, in the formats that have any.
        void withoutMinima() {
            if (type != TensorType.Q4_K && type != TensorType.Q5_K) {
                return;
            }
            for (int r = 0; r < rows; r++) {
                for (long b = 0; b < rowBytes; b += type.blockBytes()) {
                    data.asSlice(firstRow + r * rowStride + b + 2, 2).fill((byte) 0);
                }
            }
            pack();
        }

        private boolean pack() {
            return layout.pack(
                    data, firstRow, rowStride, rows, columns, group, GUARDED, new GroupLayout.Staging());
        }

        /// Compares with the product of the weights with the rounded activations.
        void assertExact(float[] x) {
            GroupRow row = new GroupRow();
            kernel(type).arrange(x, 0, columns, row);
            double[] rounded = new double[columns];
            for (int i = 0; i < columns; i++) {
                rounded[i] = (double) row.rounded.codes[i] * row.rounded.scales[i / RoundedRow.BLOCK];
                assertEquals(x[i], rounded[i], 0.501 * row.rounded.scales[i / RoundedRow.BLOCK]);
            }
            float[] w = new float[columns];
            float[] sums = sums(x);
            for (int r = 0; r < rows; r++) {
                ScalarDecoder.of(type).decode(data, firstRow + r * rowStride, columns / type.blockElements(), w, 0);
                double expected = 0;
                double size = 0;
                for (int i = 0; i < columns; i++) {
                    expected += w[i] * rounded[i];
                    size += Math.abs(w[i] * rounded[i]);
                }
                assertEquals(expected, sums[r], 0x1p-22 * (4 + Math.sqrt(columns)) * size, type + ", row " + r);
            }
        }

        float[] sums(float[] x) {
            float[] sums = new float[RowGroup.SUMS];
            dot(x, sums);
            return Arrays.copyOf(sums, 16);
        }

        void dot(float[] x, float[] sums) {
            RowGroup kernel = kernel(type);
            GroupRow row = new GroupRow();
            // The arrays of a longer row before.
            int more = columns + 2 * type.blockElements();
            kernel.arrange(Fills.normal(more, 9), 0, more, row);
            float[] shifted = new float[columns + 3];
            System.arraycopy(x, 0, shifted, 3, columns);
            kernel.arrange(shifted, 3, columns, row);
            kernel.dot(group, GUARDED, columns, row, sums);
        }

        /// @param error of a rounded activation at most, in steps
        void assertClose(float[] x, double error) {
            GroupRow row = new GroupRow();
            kernel(type).arrange(x, 0, columns, row);
            float[] w = new float[columns];
            float[] sums = sums(x);
            for (int r = 0; r < 16; r++) {
                double expected = 0;
                double size = 0;
                double most = 0;
                double largest = 0;
                if (r < rows) {
                    ScalarDecoder.of(type)
                            .decode(data, firstRow + r * rowStride, columns / type.blockElements(), w, 0);
                    for (int i = 0; i < columns; i++) {
                        double product = (double) w[i] * x[i];
                        expected += product;
                        size += Math.abs(product);
                        largest = Math.max(largest, Math.abs(w[i]));
                        most += Math.abs(w[i]) * error * row.rounded.scales[i / RoundedRow.BLOCK];
                    }
                }
                // What a minimum is subtracted from may be larger than the difference.
                double terms = size + largest * largestOfRow(x);
                double tolerance = 1.01 * most + 0x1p-22 * (4 + Math.sqrt(columns)) * terms;
                assertEquals(expected, sums[r], tolerance, type + " of " + columns + ", row " + r);
            }
        }

        private static double largestOfRow(float[] x) {
            double largest = 0;
            for (float value : x) {
                largest = Math.max(largest, Math.abs(value));
            }
            return largest;
        }
    }
}
