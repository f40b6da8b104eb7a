package io.peregrine.kernels;

import io.peregrine.core.memory.NativeMemory;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.kernels.internal.GroupLayout;
import io.peregrine.kernels.internal.RowGroup;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The rows of a matrix in groups of [RowGroup#ROWS] side by side, for products with a single token.
///
/// A copy of the stored bytes in another order, in native memory that outlives all uses. Immutable.
final class PackedRows {

    final MemorySegment memory;
    final long groupBytes;

    private PackedRows(MemorySegment memory, long groupBytes) {
        this.memory = memory;
        this.groupBytes = groupBytes;
    }

    /// Bytes of the copy of a tensor; 0 if its rows are not packed, or it would not pay.
    static long bytes(Tensor tensor) {
        GroupLayout layout = GroupLayout.of(tensor.type());
        if (!RowGroup.PAYS || layout == null || !tensor.data().isNative()) {
            return 0;
        }
        long groups = Math.ceilDiv(tensor.shape().rows(), (long) RowGroup.ROWS);
        return groups * layout.bytes(Math.toIntExact(tensor.shape().columns()));
    }

    /// Packs the rows of a tensor on the calling thread.
    ///
    /// @param tensor of a type that has a layout, in native memory
    /// @return null if a scale is no finite number, which the kernels for packed rows do not know
    static @Nullable PackedRows of(Tensor tensor, NativeMemory memory) {
        GroupLayout layout = GroupLayout.of(tensor.type());
        if (layout == null) {
            throw new IllegalArgumentException("rows of type " + tensor.type() + " are not packed");
        }
        int columns = Math.toIntExact(tensor.shape().columns());
        int rows = Math.toIntExact(tensor.shape().rows());
        long rowBytes = tensor.rowBytes();
        long groupBytes = layout.bytes(columns);
        int groups = Math.ceilDiv(rows, RowGroup.ROWS);
        MemorySegment packed = memory.allocate(groups * groupBytes);
        GroupLayout.Staging staging = new GroupLayout.Staging();
        for (int g = 0; g < groups; g++) {
            int first = g * RowGroup.ROWS;
            int count = Math.min(RowGroup.ROWS, rows - first);
            if (!layout.pack(
                    tensor.data(), first * rowBytes, rowBytes, count, columns, packed, g * groupBytes, staging)) {
                return null;
            }
        }
        return new PackedRows(packed, groupBytes);
    }
}
