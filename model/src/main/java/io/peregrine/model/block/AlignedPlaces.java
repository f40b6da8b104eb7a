package io.peregrine.model.block;

/// Learned vectors of a square grid, resized bilinearly to a view's grid with corners on corners: what the Qwen3-VL
/// towers add to patches.
///
/// Each view's are made when they are asked for, and not kept.
///
/// Source: `huggingface/transformers : models/qwen3_vl/modeling_qwen3_vl.py` (`fast_pos_embed_interpolate`).
///
/// @param table `[side * side, dim]`, line by line
/// @param side at least 1
public record AlignedPlaces(float[] table, int side, int dim) implements PatchPlaces {

    public AlignedPlaces {
        if (side < 1 || table.length != (long) side * side * dim) {
            throw new IllegalArgumentException(
                    table.length + " values for a grid of " + side + " by " + side + " rows of " + dim);
        }
    }

    /// @throws ArithmeticException if the result has more elements than an array can
    @Override
    public float[] of(int lines, int columns) {
        if (lines == side && columns == side) {
            return table;
        }
        float[] places = new float[Math.multiplyExact(Math.multiplyExact(lines, columns), dim)];
        for (int line = 0; line < lines; line++) {
            double down = place(line, lines);
            int upper = (int) down;
            int lower = Math.min(upper + 1, side - 1);
            for (int column = 0; column < columns; column++) {
                double across = place(column, columns);
                int left = (int) across;
                int right = Math.min(left + 1, side - 1);
                int at = (line * columns + column) * dim;
                add(upper * side + left, (1 - (down - upper)) * (1 - (across - left)), places, at);
                add(upper * side + right, (1 - (down - upper)) * (across - left), places, at);
                add(lower * side + left, (down - upper) * (1 - (across - left)), places, at);
                add(lower * side + right, (down - upper) * (across - left), places, at);
            }
        }
        return places;
    }

    /// Where in the table a place of a view's side lies.
    private double place(int index, int count) {
        return count == 1 ? 0 : (double) index * (side - 1) / (count - 1);
    }

    private void add(int row, double weight, float[] places, int at) {
        for (int i = 0; i < dim; i++) {
            places[at + i] += (float) (weight * table[row * dim + i]);
        }
    }
}
