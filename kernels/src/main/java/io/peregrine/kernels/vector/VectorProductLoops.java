package io.peregrine.kernels.vector;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.internal.ProductLoops;
import io.peregrine.kernels.internal.RoundedDot;
import io.peregrine.kernels.internal.RoundedRow;
import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.TokenPanels;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// The loops of matrix products as vectors.
public final class VectorProductLoops implements ProductLoops {

    private static final int L = Lanes.WIDTH;

    private static final Map<TensorType, RoundedDot> ROUNDED = new EnumMap<>(Map.of(
            TensorType.Q8_0, new Q8_0RoundedDot(),
            TensorType.Q4_0, new Q4_0RoundedDot(),
            TensorType.Q4_K, new Q4_KRoundedDot(),
            TensorType.Q5_K, new Q5_KRoundedDot()));

    @Override
    public int dotRows() {
        return Lanes.MANY_REGISTERS ? 4 : 2;
    }

    @Override
    public int lanes() {
        return Lanes.WIDTH;
    }

    @Override
    public @Nullable RowDot rowDot(TensorType type) {
        return switch (type) {
            case F32 -> F32Dot::dot;
            case F16 -> F16Dot::dot;
            case BF16 -> BF16Dot::dot;
            case Q6_K -> Q6_KDot::dot;
            default -> null;
        };
    }

    @Override
    public @Nullable RoundedDot roundedDot(TensorType type) {
        return ROUNDED.get(type);
    }

    @Override
    public void round(float[] x, int xOffset, int count, RoundedRow row) {
        Rounding.round(x, xOffset, count, row);
    }

    @Override
    public void dot(float[] w, int wOffset, float[] x, int xOffset, int count, float[] lanes, int at) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= count - 4 * L; i += 4 * L) {
            int p = wOffset + i;
            int q = xOffset + i;
            a = FloatVector.fromArray(Lanes.FLOAT, w, p).fma(FloatVector.fromArray(Lanes.FLOAT, x, q), a);
            b = FloatVector.fromArray(Lanes.FLOAT, w, p + L).fma(FloatVector.fromArray(Lanes.FLOAT, x, q + L), b);
            c = FloatVector.fromArray(Lanes.FLOAT, w, p + 2 * L)
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, q + 2 * L), c);
            d = FloatVector.fromArray(Lanes.FLOAT, w, p + 3 * L)
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, q + 3 * L), d);
        }
        // The receiver of each call has a type that the compiler knows, which a sum carried by a loop has not.
        FloatVector low = FloatVector.fromArray(Lanes.FLOAT, lanes, at).add(a).add(b);
        FloatVector.zero(Lanes.FLOAT).add(c).add(d).add(low).intoArray(lanes, at);
        for (; i < count; i++) {
            lanes[at] = Math.fma(w[wOffset + i], x[xOffset + i], lanes[at]);
        }
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
        if (Lanes.MANY_REGISTERS) {
            WideDotTile.add(w, wOffset, wStride, x, xOffset, xStride, depth, lanes, at);
        } else {
            DotTile.add(w, wOffset, wStride, x, xOffset, xStride, depth, lanes, at);
        }
    }

    @Override
    public float sum(float[] lanes, int at) {
        return Fold.sum(lanes, at);
    }

    @Override
    public int tileRows() {
        return Lanes.MANY_REGISTERS ? WideProductTile.ROWS : ProductTile.ROWS;
    }

    @Override
    public int tileDepth() {
        return Lanes.MANY_REGISTERS ? TILE_STRETCH : ProductTile.DEPTH;
    }

    @Override
    public TokenPanels newPanels() {
        return new TokenPanels(Lanes.MANY_REGISTERS);
    }

    @Override
    public void tile(float[] w, int wOffset, TokenPanels x, int xOffset, int depth, float[] out, int outOffset) {
        if (Lanes.MANY_REGISTERS) {
            WideProductTile.multiply(w, wOffset, x.memory, xOffset, depth, out, outOffset);
        } else {
            ProductTile.multiply(w, wOffset, x.floats, xOffset, depth, out, outOffset);
        }
    }

    @Override
    public void addTile(float[] out, int from, int to) {
        for (int i = 0; i < tileRows() * PANEL; i += L) {
            FloatVector.fromArray(Lanes.FLOAT, out, from + i)
                    .add(FloatVector.fromArray(Lanes.FLOAT, out, to + i))
                    .intoArray(out, to + i);
        }
    }
}
