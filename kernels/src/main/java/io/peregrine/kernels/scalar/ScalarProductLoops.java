package io.peregrine.kernels.scalar;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.ProductLoops;
import io.peregrine.kernels.internal.RoundedDot;
import io.peregrine.kernels.internal.RoundedRow;
import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.TokenPanels;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The loops of matrix products in plain Java: one partial sum, elements in their order.
public final class ScalarProductLoops implements ProductLoops {

    private static final int TILE_ROWS = 6;

    @Override
    public int dotRows() {
        return 2;
    }

    @Override
    public int lanes() {
        return 1;
    }

    @Override
    public @Nullable RowDot rowDot(TensorType type) {
        return null;
    }

    @Override
    public @Nullable RoundedDot roundedDot(TensorType type) {
        return null;
    }

    @Override
    public void round(float[] x, int xOffset, int count, RoundedRow row) {
        throw new UnsupportedOperationException("plain loops never round");
    }

    @Override
    public void dot(float[] w, int wOffset, float[] x, int xOffset, int count, float[] lanes, int at) {
        float sum = lanes[at];
        for (int i = 0; i < count; i++) {
            sum += w[wOffset + i] * x[xOffset + i];
        }
        lanes[at] = sum;
    }

    @Override
    public void dots(
            float[] w,
            int wOffset,
            int wStride,
            float[] x,
            int xOffset,
            int xStride,
            int depth,
            float[] lanes,
            int at) {
        for (int r = 0; r < dotRows(); r++) {
            for (int t = 0; t < DOT_TOKENS; t++) {
                dot(w, wOffset + r * wStride, x, xOffset + t * xStride, depth, lanes, at + r * DOT_TOKENS + t);
            }
        }
    }

    @Override
    public float sum(float[] lanes, int at) {
        return lanes[at];
    }

    @Override
    public int tileRows() {
        return TILE_ROWS;
    }

    @Override
    public int tileDepth() {
        return TILE_STRETCH;
    }

    @Override
    public TokenPanels newPanels() {
        return new TokenPanels(false);
    }

    @Override
    public void tile(float[] w, int wOffset, TokenPanels x, int xOffset, int depth, float[] out, int outOffset) {
        Arrays.fill(out, outOffset, outOffset + TILE_ROWS * PANEL, 0);
        for (int r = 0; r < TILE_ROWS; r++) {
            for (int i = 0; i < depth; i++) {
                float weight = w[wOffset + r * TILE_STRIDE + i];
                for (int t = 0; t < PANEL; t++) {
                    out[outOffset + r * PANEL + t] += weight * x.floats[xOffset + i * PANEL + t];
                }
            }
        }
    }

    @Override
    public void addTile(float[] out, int from, int to) {
        for (int i = 0; i < TILE_ROWS * PANEL; i++) {
            out[to + i] += out[from + i];
        }
    }
}
