package io.peregrine.model.block;

/// Learned vectors for the places of patches, for views of the sizes that a tower takes.
@FunctionalInterface
public interface PatchPlaces {

    /// @param lines of patches
    /// @param columns of patches
    /// @return `[lines * columns, dim]`, line by line; not to be changed
    float[] of(int lines, int columns);

    /// Those of views of one size only.
    ///
    /// @param table `[lines * columns, dim]`
    static PatchPlaces fixed(float[] table, int lines, int columns) {
        return (l, c) -> {
            if (l != lines || c != columns) {
                throw new IllegalArgumentException(
                        "a view of " + l + " x " + c + " patches, expected " + lines + " x " + columns);
            }
            return table;
        };
    }
}
