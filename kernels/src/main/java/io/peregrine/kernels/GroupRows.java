package io.peregrine.kernels;

import io.peregrine.kernels.internal.GroupRow;
import io.peregrine.kernels.internal.RowGroup;
import java.util.Arrays;

/// The activations of one call as each kernel for packed rows takes them, made once for all matrices of the call.
/// Memory is kept for later calls.
final class GroupRows {

    private RowGroup[] kernels = {};
    private GroupRow[][] rows = {};
    private boolean[] current = {};

    /// Forgets the activations of the last call.
    void clear() {
        Arrays.fill(current, false);
    }

    /// The place of a kernel's rows, which [#of] takes.
    int arrange(RowGroup kernel, ProductParts parts) {
        int i = 0;
        while (i < kernels.length && kernels[i] != kernel) {
            i++;
        }
        if (i == kernels.length) {
            kernels = Arrays.copyOf(kernels, i + 1);
            rows = Arrays.copyOf(rows, i + 1);
            current = Arrays.copyOf(current, i + 1);
            kernels[i] = kernel;
            rows[i] = new GroupRow[RowGroup.MOST_TOKENS];
            Arrays.setAll(rows[i], t -> new GroupRow());
        }
        if (!current[i]) {
            for (int t = 0; t < parts.tokens; t++) {
                kernel.arrange(parts.x, parts.xOffset + t * parts.xStride, parts.k, rows[i][t]);
            }
            current[i] = true;
        }
        return i;
    }

    /// The activations of token `t`.
    GroupRow of(int place, int t) {
        return rows[place][t];
    }
}
