package io.peregrine.kernels;

import io.peregrine.kernels.scalar.ScalarRope;
import io.peregrine.kernels.vector.VectorRope;

/// Rotary position embedding: rotates pairs of elements of each head by angles that the caller tabulates
/// ([io.peregrine.kernels.RopeTable]).
///
/// Source: Su et al., RoFormer, arXiv:2104.09864; the two orders as in `ggml-org/ggml : include/ggml.h`.
public enum Rope {
    /// Pairs `(2i, 2i + 1)`.
    NORM,
    /// Pairs `(i, i + rotated / 2)`.
    NEOX;

    /// Rotates the first `rotated` elements of every head in place.
    ///
    /// @param x `[rows, heads, headDim]` from `offset`, rows `stride` apart
    /// @param rotated an even number of elements, at most `headDim`
    /// @param cos `[rows, rotated / 2]`, cosines of each row's angles
    /// @param sin `[rows, rotated / 2]`
    /// @throws IllegalArgumentException if an array is too short or `rotated` is odd or too large
    public void apply(
            Compute compute,
            float[] x,
            int offset,
            int stride,
            int rows,
            int heads,
            int headDim,
            int rotated,
            float[] cos,
            float[] sin) {
        Checks.positive("heads", heads);
        Checks.positive("headDim", headDim);
        if (rotated < 0 || rotated > headDim || rotated % 2 != 0) {
            throw new IllegalArgumentException(
                    "rotated is " + rotated + ", expected an even number up to headDim " + headDim);
        }
        Checks.rows("x", x.length, offset, stride, rows, Math.multiplyExact(heads, headDim));
        Checks.rows("cos", cos.length, 0, rotated / 2, rows, rotated / 2);
        Checks.rows("sin", sin.length, 0, rotated / 2, rows, rotated / 2);
        Task task = compute.rope;
        task.order = this;
        task.x = x;
        task.offset = offset;
        task.stride = stride;
        task.heads = heads;
        task.headDim = headDim;
        task.rotated = rotated;
        task.cos = cos;
        task.sin = sin;
        task.start(compute, rows, 2L * heads * rotated);
    }

    /// Arguments of a call.
    static final class Task extends RowsTask {

        private final Compute compute;
        private Rope order = NORM;
        private float[] x = {};
        private int offset;
        private int stride;
        private int heads;
        private int headDim;
        private int rotated;
        private float[] cos = {};
        private float[] sin = {};

        Task(Compute compute) {
            this.compute = compute;
        }

        @Override
        void rows(int from, int count, int worker) {
            for (int r = from; r < from + count; r++) {
                int at = offset + r * stride;
                int angles = r * (rotated / 2);
                if (order == NORM) {
                    norm(at, angles, worker);
                } else {
                    neox(at, angles);
                }
            }
        }

        private void norm(int at, int angles, int worker) {
            if (compute.vectors) {
                float[] scratch = compute.scratch(worker, VectorRope.scratch(rotated));
                VectorRope.norm(x, at, heads, headDim, rotated, cos, sin, angles, scratch);
            } else {
                ScalarRope.norm(x, at, heads, headDim, rotated, cos, sin, angles);
            }
        }

        private void neox(int at, int angles) {
            if (compute.vectors) {
                VectorRope.neox(x, at, heads, headDim, rotated, cos, sin, angles);
            } else {
                ScalarRope.neox(x, at, heads, headDim, rotated, cos, sin, angles);
            }
        }
    }
}
