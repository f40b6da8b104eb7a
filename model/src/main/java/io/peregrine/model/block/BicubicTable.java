package io.peregrine.model.block;

import java.util.Arrays;

/// Resizes a table of learned positions over a square grid to another square, as the models that were first
/// trained on smaller pictures do.
///
/// Bicubic by Keys' kernel with a = -0.75, places at the middle of cells, the border repeated, no antialias:
/// `torch.nn.functional.interpolate(mode="bicubic", align_corners=False)`. Pictures are resized by another
/// kernel ([io.peregrine.model.image.Resampling#BICUBIC]).
public final class BicubicTable {

    private static final double A = -0.75;

    private BicubicTable() {}

    /// @param table `[side * side, dim]`, row by row of the grid
    /// @return `[newSide * newSide, dim]`
    /// @throws ArithmeticException if the result has more elements than an array can
    public static float[] resize(float[] table, int side, int newSide, int dim) {
        if (table.length != side * side * dim) {
            throw new IllegalArgumentException(
                    table.length + " values for a grid of " + side + " by " + side + " rows of " + dim);
        }
        float[] result = new float[Math.multiplyExact(Math.multiplyExact(newSide, newSide), dim)];
        double[] down = new double[4];
        double[] across = new double[4];
        double[] sum = new double[dim];
        for (int y = 0; y < newSide; y++) {
            int top = weights(y, side, newSide, down);
            for (int x = 0; x < newSide; x++) {
                int left = weights(x, side, newSide, across);
                Arrays.fill(sum, 0);
                for (int i = 0; i < 16; i++) {
                    int row = Math.clamp(top + i / 4, 0, side - 1) * side + Math.clamp(left + i % 4, 0, side - 1);
                    add(table, row * dim, down[i / 4] * across[i % 4], sum);
                }
                int at = (y * newSide + x) * dim;
                for (int d = 0; d < dim; d++) {
                    result[at + d] = (float) sum[d];
                }
            }
        }
        return result;
    }

    /// The weights of the four places that make place `at` of the new side; returns the first of them, which may
    /// lie outside.
    private static int weights(int at, int side, int newSide, double[] weights) {
        double source = (at + 0.5) * side / newSide - 0.5;
        int before = (int) Math.floor(source);
        double t = source - before;
        weights[0] = far(1 + t);
        weights[1] = near(t);
        weights[2] = near(1 - t);
        weights[3] = far(2 - t);
        return before - 1;
    }

    /// The kernel up to a distance of 1.
    private static double near(double d) {
        return ((A + 2) * d - (A + 3)) * d * d + 1;
    }

    /// The kernel from a distance of 1 to 2.
    private static double far(double d) {
        return ((A * d - 5 * A) * d + 8 * A) * d - 4 * A;
    }

    private static void add(float[] table, int at, double weight, double[] sum) {
        for (int d = 0; d < sum.length; d++) {
            sum[d] += weight * table[at + d];
        }
    }
}
