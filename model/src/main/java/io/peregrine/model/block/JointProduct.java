package io.peregrine.model.block;

import io.peregrine.kernels.Compute;
import io.peregrine.kernels.MatMul;
import io.peregrine.kernels.Matrix;

/// Linear layers that share their input, such as query, key and value: the activations are prepared once, and
/// the threads meet once. Results are those of the single layers, in every bit.
///
/// Belongs to a [Pass], which begins every use.
public final class JointProduct {

    private final Matrix[] weights;
    private final float[][] biases;
    private final float[][] results;
    private final int[] offsets;
    private final int[] strides;
    private Rows input = new Rows();
    private int count;

    /// @param layers of every use
    JointProduct(int layers) {
        weights = new Matrix[layers];
        biases = new float[layers][];
        results = new float[layers][];
        offsets = new int[layers];
        strides = new int[layers];
    }

    /// Begins a use.
    ///
    /// @param x `[rows, in]`, the input of all layers
    JointProduct begin(Rows x) {
        input = x;
        count = 0;
        return this;
    }

    /// Adds a layer.
    ///
    /// @param y gets the shape `[rows, out]`; must not be the input
    public JointProduct add(Linear layer, Rows y) {
        y.shape(input.rows(), layer.out());
        weights[count] = layer.weight();
        biases[count] = layer.bias();
        results[count] = y.data();
        strides[count] = y.width();
        count++;
        return this;
    }

    /// Computes all layers.
    public void apply(Compute compute) {
        Rows x = input;
        MatMul.applyAll(compute, weights, biases, x.data(), 0, x.width(), x.rows(), results, offsets, strides);
    }
}
