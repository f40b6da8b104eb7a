package io.peregrine.kernels.internal;

/// A row of activations as a [RowGroup] takes it: rounded, and with the codes as factors for its lanes.
public final class GroupRow {

    /// The activations as integers, their scales and sums.
    public final RoundedRow rounded = new RoundedRow(Short.MAX_VALUE);

    /// Two 16-bit factors in each element, the low half first; the kernel decides of what.
    public int[] pairs = {};

    /// What is subtracted from the sums of products, in the order in which the kernel reads it.
    public int[] offsets = {};

    /// Factors of the sums of products, in the order in which the kernel reads them.
    public float[] factors = {};

    /// Makes room for as many of each.
    public void prepare(int pairCount, int offsetCount, int factorCount) {
        if (pairs.length < pairCount) {
            pairs = new int[pairCount];
        }
        if (offsets.length < offsetCount) {
            offsets = new int[offsetCount];
        }
        if (factors.length < factorCount) {
            factors = new float[factorCount];
        }
    }
}
