package io.peregrine.cli.convert;

/// Resizes square tables of positions as PyTorch's bicubic interpolation does: a = -0.75, pixel centres, no filter
/// against aliasing, the border repeated. In 32-bit floats and in the same order.
///
/// Source: `pytorch/pytorch : aten/src/ATen/native/UpSample.h`.
final class Bicubic {

    private static final float A = -0.75f;

    private Bicubic() {}

    /// @param table `[side * side, width]`, rows of the grid one after the other
    /// @return `[to * to, width]`
    static float[] resized(float[] table, int side, int to, int width) {
        float[] out = new float[Math.multiplyExact(to * to, width)];
        float scale = (float) side / to;
        float[] across = new float[4];
        for (int row = 0; row < to; row++) {
            float y = scale * (row + 0.5f) - 0.5f;
            int top = (int) Math.floor(y);
            float[] down = weights(y - top);
            for (int column = 0; column < to; column++) {
                float x = scale * (column + 0.5f) - 0.5f;
                int left = (int) Math.floor(x);
                float[] along = weights(x - left);
                for (int c = 0; c < width; c++) {
                    for (int i = 0; i < 4; i++) {
                        int line = Math.clamp(top - 1 + i, 0, side - 1) * side;
                        float sum = 0;
                        for (int j = 0; j < 4; j++) {
                            sum += along[j] * table[(line + Math.clamp(left - 1 + j, 0, side - 1)) * width + c];
                        }
                        across[i] = sum;
                    }
                    float sum = 0;
                    for (int i = 0; i < 4; i++) {
                        sum += down[i] * across[i];
                    }
                    out[(row * to + column) * width + c] = sum;
                }
            }
        }
        return out;
    }

    /// Of the four neighbours, for a place that lies `t` behind the second.
    private static float[] weights(float t) {
        return new float[] {outer(t + 1), inner(t), inner(1 - t), outer(2 - t)};
    }

    private static float inner(float x) {
        return ((A + 2) * x - (A + 3)) * x * x + 1;
    }

    private static float outer(float x) {
        return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
    }
}
