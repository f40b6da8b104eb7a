package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/// Rotation of the heads of one row as vectors: the same roundings as the plain loops, so the same bits.
public final class VectorRope {

    private static final int L = Lanes.WIDTH;

    /// Exchanges the two elements of each pair.
    private static final VectorShuffle<Float> EXCHANGE = VectorShuffle.fromOp(Lanes.FLOAT, i -> i ^ 1);

    private VectorRope() {}

    /// Elements of scratch memory that [#norm] needs.
    public static int scratch(int rotated) {
        return 2 * rotated;
    }

    /// Rotates pairs `(2i, 2i + 1)`. Cosines and sines are first laid out as the elements of a head are, the
    /// sines of even elements negated, so that `x = x * cos + exchanged(x) * sin`.
    ///
    /// @param scratch at least [#scratch] elements
    public static void norm(
            float[] x,
            int offset,
            int heads,
            int headDim,
            int rotated,
            float[] cos,
            float[] sin,
            int angles,
            float[] scratch) {
        for (int i = 0; i < rotated / 2; i++) {
            scratch[2 * i] = cos[angles + i];
            scratch[2 * i + 1] = cos[angles + i];
            scratch[rotated + 2 * i] = -sin[angles + i];
            scratch[rotated + 2 * i + 1] = sin[angles + i];
        }
        for (int h = 0; h < heads; h++) {
            normHead(x, offset + h * headDim, rotated, scratch);
        }
    }

    private static void normHead(float[] x, int at, int rotated, float[] angles) {
        int i = 0;
        for (; i <= rotated - L; i += L) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + i);
            FloatVector c = FloatVector.fromArray(Lanes.FLOAT, angles, i);
            FloatVector s = FloatVector.fromArray(Lanes.FLOAT, angles, rotated + i);
            v.mul(c).add(v.rearrange(EXCHANGE).mul(s)).intoArray(x, at + i);
        }
        for (; i < rotated; i += 2) {
            float first = x[at + i];
            float second = x[at + i + 1];
            x[at + i] = first * angles[i] + second * angles[rotated + i];
            x[at + i + 1] = second * angles[i + 1] + first * angles[rotated + i + 1];
        }
    }

    /// Rotates pairs `(i, i + rotated / 2)`.
    public static void neox(
            float[] x, int offset, int heads, int headDim, int rotated, float[] cos, float[] sin, int angles) {
        for (int h = 0; h < heads; h++) {
            neoxHead(x, offset + h * headDim, rotated / 2, cos, sin, angles);
        }
    }

    private static void neoxHead(float[] x, int at, int half, float[] cos, float[] sin, int angles) {
        int i = 0;
        for (; i <= half - L; i += L) {
            FloatVector first = FloatVector.fromArray(Lanes.FLOAT, x, at + i);
            FloatVector second = FloatVector.fromArray(Lanes.FLOAT, x, at + half + i);
            FloatVector c = FloatVector.fromArray(Lanes.FLOAT, cos, angles + i);
            FloatVector s = FloatVector.fromArray(Lanes.FLOAT, sin, angles + i);
            first.mul(c).sub(second.mul(s)).intoArray(x, at + i);
            second.mul(c).add(first.mul(s)).intoArray(x, at + half + i);
        }
        for (; i < half; i++) {
            float first = x[at + i];
            float second = x[at + half + i];
            x[at + i] = first * cos[angles + i] - second * sin[angles + i];
            x[at + half + i] = second * cos[angles + i] + first * sin[angles + i];
        }
    }
}
