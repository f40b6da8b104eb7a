package io.peregrine.model.block;

import io.peregrine.kernels.Rope;

/// Rotary positions of patches in two dimensions: the first half of a head's pairs turns with the line of a patch, the
/// second half with its column.
///
/// @param layout which elements of a head are pairs
/// @param down `[headDim / 4]`, radians per line of each pair of the first half
/// @param across `[headDim / 4]`, radians per column of each pair of the second half
public record GridRotary(Rope layout, double[] down, double[] across) {

    /// Each half of the pairs has frequencies of its own, as a head of half the length would (Qwen2-VL).
    ///
    /// @param headDim a multiple of 4
    public static GridRotary halves(Rope layout, int headDim, double base) {
        double[] each = frequencies(headDim / 4, base, 0, 4.0 / headDim);
        return new GridRotary(layout, each, each);
    }

    /// The halves share the frequencies of a head between them: lines the even ones, columns the odd ones (Pixtral).
    ///
    /// @param headDim a multiple of 4
    public static GridRotary shared(Rope layout, int headDim, double base) {
        double step = 4.0 / headDim;
        return new GridRotary(
                layout, frequencies(headDim / 4, base, 0, step), frequencies(headDim / 4, base, step / 2, step));
    }

    /// @return `base^-(first + i * step)`
    private static double[] frequencies(int count, double base, double first, double step) {
        double[] found = new double[count];
        for (int i = 0; i < count; i++) {
            found[i] = Math.pow(base, -(first + i * step));
        }
        return found;
    }

    /// The angles of a view's patches, line by line.
    public Positions.Angles of(int lines, int columns) {
        int[] order = new int[Math.multiplyExact(lines, columns)];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        return of(columns, order);
    }

    /// The angles of a view's patches in any order.
    ///
    /// @param order which patch, counted line by line, each row is
    public Positions.Angles of(int columns, int[] order) {
        int half = down.length;
        float[] cos = new float[Math.multiplyExact(order.length, 2 * half)]; // [patches, headDim / 2]
        float[] sin = new float[cos.length];
        for (int row = 0; row < order.length; row++) {
            for (int i = 0; i < half; i++) {
                int at = 2 * half * row + i;
                double turned = order[row] / columns * down[i];
                cos[at] = (float) Math.cos(turned);
                sin[at] = (float) Math.sin(turned);
                turned = order[row] % columns * across[i];
                cos[at + half] = (float) Math.cos(turned);
                sin[at + half] = (float) Math.sin(turned);
            }
        }
        return new Positions.Angles(layout, 4 * half, cos, sin, null);
    }
}
