package io.peregrine.model.block;

import io.peregrine.kernels.Compute;
import io.peregrine.kernels.MatMul;
import io.peregrine.kernels.Matrix;

/// Linear layers that share their input, such as query, key and value: the activations are prepared once, and the
/// threads meet once. Results are those of the single layers, in every bit.
///
/// Belongs to a [Pass] and is filled again for every use.
public final class JointProduct {

    private final Matrix[] weights;
    private final float[][] biases;
    private final float[][] results;
    private final int[] offsets;
    private final int[] strides;
    private int count;

    /// @param layers of every use
    JointProduct(int layers) {
        weights = new Matrix[layers];
        biases = new float[layers][];
        results = new float[layers][];
        offsets = new int[layers];
        strides = new int[layers];
    }

    /// Adds a layer.
    ///
    /// @param y gets the shape `[rows of x, out]`; must not be `x`
    public JointProduct add(Linear layer, Rows x, Rows y) {
        y.shape(x.rows(), layer.out());
        weights[count] = layer.weight();
        biases[count] = layer.bias();
        results[count] = y.data();
        strides[count] = y.width();
        count++;
        return this;
    }

    /// Computes all layers.
    ///
    /// @param x `[rows, in]`
    public void apply(Compute compute, Rows x) {
        count = 0;
        MatMul.applyAll(compute, weights, biases, x.data(), 0, x.width(), x.rows(), results, offsets, strides);
    }
}
