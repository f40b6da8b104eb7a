package io.peregrine.kernels;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.LongPredicate;

/// Copies of quantised matrices with their rows side by side, which make products with a single token several times as
/// fast: a lane of a vector belongs to a row. See docs/design/0042.
public final class RowPacking {

    private RowPacking() {}

    /// Bytes of the copies that [#pack] makes of these matrices; 0 where the kernels do not use any.
    public static long bytes(List<Matrix> matrices) {
        return matrices.stream().mapToLong(matrix -> PackedRows.bytes(matrix.tensor())).sum();
    }

    /// Packs the rows of matrices, and gives the pages of mapped files back to the system: whoever reads them again
    /// gets them again. To be called before products begin.
    ///
    /// @param arena keeps the copies; closed after the last product
    /// @param progress is told the bytes packed so far after each matrix, and says whether to go on
    /// @return whether all were packed
    public static boolean pack(List<Matrix> matrices, Workers workers, Arena arena, LongPredicate progress) {
        long done = 0;
        for (Matrix matrix : matrices) {
            long bytes = PackedRows.bytes(matrix.tensor());
            if (bytes == 0 || matrix.packed() != null) {
                continue;
            }
            matrix.pack(workers, arena);
            if (matrix.tensor().data().isMapped()) {
                matrix.tensor().data().unload();
            }
            done += bytes;
            if (!progress.test(done)) {
                return false;
            }
        }
        return true;
    }
}
