package io.peregrine.model.block;

import org.jspecify.annotations.Nullable;

/// What the blocks of a tower have to know of a view of one size, beside its rows.
///
/// @param order which patch, counted line by line, each row is; null for that order itself. Towers whose blocks look at
///     windows have the rows of a window side by side
/// @param windows what rows see in blocks that look at windows only, by the order of the rows; null if there are none
/// @param angles of the rows, for towers that turn queries and keys; null for others
public record ViewPlan(int @Nullable [] order, @Nullable RowMask windows, Positions.@Nullable Angles angles) {

    /// Nothing.
    public static final ViewPlan NONE = new ViewPlan(null, null, null);

    /// Square windows from the top left corner; those at the right and bottom border are as large as what is left.
    ///
    /// @param lines of patches
    /// @param columns of patches
    /// @param side patches on a side of a window, at least 1
    public static ViewPlan inWindows(int lines, int columns, int side, GridRotary rotary) {
        int[] order = new int[Math.multiplyExact(lines, columns)];
        int[] from = new int[order.length];
        int[] to = new int[order.length];
        int row = 0;
        for (int top = 0; top < lines; top += side) {
            int bottom = Math.min(lines, top + side);
            for (int left = 0; left < columns; left += side) {
                int right = Math.min(columns, left + side);
                int first = row;
                int last = first + (bottom - top) * (right - left);
                for (; row < last; row++) {
                    int line = top + (row - first) / (right - left);
                    order[row] = line * columns + left + (row - first) % (right - left);
                    from[row] = first;
                    to[row] = last;
                }
            }
        }
        return new ViewPlan(order, new RowMask(from, to), rotary.of(columns, order));
    }

    /// Makes the plans of a tower.
    @FunctionalInterface
    public interface Source {

        /// @param lines of patches
        /// @param columns of patches
        ViewPlan of(int lines, int columns);
    }
}
