package io.peregrine.kernels.internal;

/// What the inner product of a row needs besides its arguments: the partial sums that it leaves, and memory for what it
/// unpacks. One per worker.
public final class RowScratch {

    /// Elements of a stretch that is unpacked at a time: whole blocks of every format.
    public static final int STRETCH = 1024;

    private static final int MAX_LANES = 16;
    private static final int SMALLEST_GROUP = 16;

    /// Partial sums, to be folded by [ProductLoops#sum].
    public final float[] lanes = new float[MAX_LANES];

    /// Elements of a stretch.
    public final float[] floats = new float[STRETCH];

    /// Codes of a stretch, one in each byte, and a few bytes more that a vector may read.
    public final byte[] codes = new byte[STRETCH + MAX_LANES];

    /// One for each group of elements; see [#prepare].
    public float[] scales = {};

    /// Makes room for the scales of rows of `count` elements.
    public void prepare(int count) {
        int groups = count / SMALLEST_GROUP + MAX_LANES;
        if (scales.length < groups) {
            scales = new float[groups];
        }
    }

    /// Clears the partial sums, before a row.
    public void clear() {
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = 0;
        }
    }
}
