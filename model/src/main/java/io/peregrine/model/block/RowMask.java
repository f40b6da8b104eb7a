package io.peregrine.model.block;

/// Which rows of a pass each row sees: row `r` those from `from[r]` to `to[r]`, exclusive.
///
/// @param from `[rows]`
/// @param to `[rows]`
public record RowMask(int[] from, int[] to) {

    /// Sequences side by side: a row sees those of its own sequence up to itself.
    ///
    /// @param lengths of the sequences, in rows
    public static RowMask causal(int[] lengths) {
        int rows = 0;
        for (int length : lengths) {
            rows = Math.addExact(rows, length);
        }
        int[] from = new int[rows];
        int[] to = new int[rows];
        int row = 0;
        for (int length : lengths) {
            int first = row;
            while (row < first + length) {
                from[row] = first;
                to[row] = ++row;
            }
        }
        return new RowMask(from, to);
    }
}
