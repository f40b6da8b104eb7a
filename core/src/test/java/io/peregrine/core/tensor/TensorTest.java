package io.peregrine.core.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/// Shapes, types and views.
class TensorTest {

    private static Tensor counting(long... dims) {
        Shape shape = Shape.of(dims);
        byte[] bytes = new byte[(int) shape.elements()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return new Tensor("t", TensorType.I8, shape, MemorySegment.ofArray(bytes));
    }

    @Test
    void shape_countsRowsAndColumns() {
        Shape shape = Shape.of(2, 3, 4);
        assertEquals(3, shape.rank());
        assertEquals(24, shape.elements());
        assertEquals(6, shape.rows());
        assertEquals(4, shape.columns());
        assertEquals(2, shape.dim(0));
        assertEquals(4, shape.dim(-1));
        assertEquals("[2, 3, 4]", shape.toString());
        assertEquals(1, Shape.of().elements());
        assertEquals(1, Shape.of().columns());
        assertEquals(1, Shape.of().rows());
        assertEquals(0, Shape.of(0, 3).elements());
    }

    @Test
    void shape_mustFitIn63Bits() {
        assertEquals(Long.MAX_VALUE, Shape.of(Long.MAX_VALUE).elements());
        assertThrows(ArithmeticException.class, () -> Shape.of(1L << 32, 1L << 31));
        // In either order, or else the number of rows would wrap.
        assertThrows(ArithmeticException.class, () -> Shape.of(0, 1L << 32, 1L << 31));
        assertThrows(ArithmeticException.class, () -> Shape.of(1L << 32, 1L << 31, 0));
        assertEquals(
                "negative size in shape [2, -1]",
                assertThrows(IllegalArgumentException.class, () -> Shape.of(2, -1))
                        .getMessage());
    }

    @Test
    void typesById_areThoseOfGgml() {
        for (TensorType type : TensorType.values()) {
            assertSame(type, TensorType.ofId(type.id()));
        }
        for (long removed : new long[] {4, 5, 31, 32, 33, 36, 37, 38, 43, -1, 1L << 32}) {
            assertNull(TensorType.ofId(removed), "id " + removed);
        }
        assertEquals(144 * 3, TensorType.Q4_K.rowBytes(3 * 256));
        assertEquals(
                "Q4_K stores blocks of 256 elements; a row of 100 does not fit",
                assertThrows(IllegalArgumentException.class, () -> TensorType.Q4_K.rowBytes(100))
                        .getMessage());
        assertThrows(ArithmeticException.class, () -> TensorType.I64.rowBytes(1L << 61));
    }

    @Test
    void rows_areViewsOfTheSameBytes() {
        Tensor tensor = counting(2, 3, 4);
        Tensor rows = tensor.rows(2, 3);
        assertEquals(Shape.of(3, 4), rows.shape());
        assertEquals(8, rows.data().get(ValueLayout.JAVA_BYTE, 0));
        assertEquals(12, rows.data().byteSize());
        assertEquals(0, tensor.rows(6, 0).data().byteSize());
        assertTrue(rows.data().isReadOnly());
        assertEquals(
                "rows 4 + 3 of tensor t with shape [2, 3, 4]",
                assertThrows(IndexOutOfBoundsException.class, () -> tensor.rows(4, 3))
                        .getMessage());
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.rows(-1, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.rows(Long.MAX_VALUE, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.rows(0, -1));
    }

    @Test
    void reshaped_keepsTheBytes() {
        Tensor tensor = counting(2, 6);
        assertEquals(Shape.of(3, 4), tensor.reshaped(3, 4).shape());
        assertEquals(-1, tensor.data().mismatch(tensor.reshaped(3, 4).data()));
        assertEquals(
                "tensor t of shape [2, 6] cannot be seen as [5]",
                assertThrows(IllegalArgumentException.class, () -> tensor.reshaped(5))
                        .getMessage());
    }

    @Test
    void bytes_mustBeThoseOfTypeAndShape() {
        assertEquals(
                "tensor t of type F32 and shape [2] needs 8 bytes, the segment has 7",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Tensor("t", TensorType.F32, Shape.of(2), MemorySegment.ofArray(new byte[7])))
                        .getMessage());
    }
}
