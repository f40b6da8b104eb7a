package io.peregrine.kernels.internal;

import java.util.Arrays;

/// A row of activations rounded to integers, block by block: `x[i]` is about `scales[i / 32] * codes[i]`, off by half
/// a scale at most.
public final class RoundedRow {

    /// Elements that share a scale.
    public static final int BLOCK = 32;

    private static final int SLACK = 16;

    /// The largest code.
    public final int range;

    public short[] codes = {};

    /// One for each block; zeros behind the last one.
    public float[] scales = {};

    /// Sum of the activations of each block, as they were before rounding; zeros behind the last one.
    public float[] sums = {};

    /// Scratch memory for the rounding of a block.
    public final float[] parts = new float[BLOCK];

    public RoundedRow(int range) {
        this.range = range;
    }

    /// Makes room for `count` elements.
    public void prepare(int count) {
        int blocks = Math.ceilDiv(count, BLOCK);
        if (codes.length < blocks * BLOCK) {
            codes = new short[blocks * BLOCK];
            scales = new float[blocks + SLACK];
            sums = new float[blocks + SLACK];
        }
        Arrays.fill(scales, blocks, scales.length, 0);
        Arrays.fill(sums, blocks, sums.length, 0);
    }
}
