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

    /// Makes the plans of a tower.
    @FunctionalInterface
    public interface Source {

        /// @param lines of patches
        /// @param columns of patches
        ViewPlan of(int lines, int columns);
    }
}
