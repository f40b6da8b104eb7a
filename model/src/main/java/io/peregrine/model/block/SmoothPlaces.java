package io.peregrine.model.block;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Learned vectors for the places of a square grid, resized to the lines and columns of each view: bilinear
/// with antialias, places at the middle of cells, nothing beyond the border.
///
/// As `torch.nn.functional.interpolate(mode="bilinear", antialias=True, align_corners=False)`, in doubles.
/// Safe for use by several threads.
///
/// Source: `huggingface/transformers : models/siglip2/modeling_siglip2.py` (`resize_positional_embeddings`);
/// `pytorch/pytorch : aten/src/ATen/native/cpu/UpSampleKernel.cpp`.
public final class SmoothPlaces implements PatchPlaces {

    private final float[] table;
    private final int side;
    private final int dim;

    /// The last one made: all tiles of a picture have the same size.
    private volatile @Nullable Resized last;

    private record Resized(int lines, int columns, float[] places) {}

    /// @param table `[side * side, dim]`, line by line
    public SmoothPlaces(float[] table, int side, int dim) {
        if (table.length != Math.multiplyExact(Math.multiplyExact(side, side), dim)) {
            throw new IllegalArgumentException(
                    table.length + " values for a grid of " + side + " by " + side + " rows of " + dim);
        }
        this.table = table;
        this.side = side;
        this.dim = dim;
    }

    /// @throws ArithmeticException if there are more values than an array can have
    @Override
    public float[] of(int lines, int columns) {
        if (lines == side && columns == side) {
            return table;
        }
        Resized found = last;
        if (found == null || found.lines != lines || found.columns != columns) {
            found = new Resized(lines, columns, resized(lines, columns));
            last = found;
        }
        return found.places;
    }

    private float[] resized(int lines, int columns) {
        float[] places = new float[Math.multiplyExact(Math.multiplyExact(lines, columns), dim)];
        double[][] down = weights(lines);
        double[][] across = weights(columns);
        double[] sum = new double[dim];
        for (int place = 0; place < lines * columns; place++) {
            int line = place / columns;
            int column = place % columns;
            int top = first(line, lines);
            int left = first(column, columns);
            Arrays.fill(sum, 0);
            for (int i = 0; i < down[line].length; i++) {
                for (int j = 0; j < across[column].length; j++) {
                    add(((top + i) * side + left + j) * dim, down[line][i] * across[column][j], sum);
                }
            }
            for (int d = 0; d < dim; d++) {
                places[place * dim + d] = (float) sum[d];
            }
        }
        return places;
    }

    private void add(int at, double weight, double[] sum) {
        for (int d = 0; d < sum.length; d++) {
            sum[d] += weight * table[at + d];
        }
    }

    /// Cells of the table on each side of a new place that it is made of: one, or more where the table
    /// shrinks.
    private double reach(int places) {
        return Math.max(1, (double) side / places);
    }

    private double centre(int at, int places) {
        return (at + 0.5) * side / places;
    }

    private int first(int at, int places) {
        return Math.max(0, (int) (centre(at, places) - reach(places) + 0.5));
    }

    /// For each new place of a line or column, the weights of the cells from [#first] on.
    private double[][] weights(int places) {
        double[][] weights = new double[places][];
        double reach = reach(places);
        for (int at = 0; at < places; at++) {
            double centre = centre(at, places);
            int from = first(at, places);
            int to = Math.min(side, (int) (centre + reach + 0.5));
            double[] own = new double[to - from];
            double sum = 0;
            for (int i = 0; i < own.length; i++) {
                own[i] = Math.max(0, 1 - Math.abs(from + i + 0.5 - centre) / reach);
                sum += own[i];
            }
            for (int i = 0; i < own.length; i++) {
                own[i] /= sum;
            }
            weights[at] = own;
        }
        return weights;
    }
}
