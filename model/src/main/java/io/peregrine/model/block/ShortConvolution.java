package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A gated convolution of a decoder over the last rows of a sequence, each channel by itself (LFM2): an input
/// layer makes three parts of a row, of which the first gates what the convolution sees, and the second what
/// it gives.
///
/// Source: `huggingface/transformers : models/lfm2/modeling_lfm2.py` (`Lfm2ShortConv`).
///
/// @param in `[3 * dim, dim]`: gate of the input, gate of the output, input
/// @param kernel `[taps, dim]`, the oldest row first
/// @param bias `[dim]`, or null
/// @param out `[dim, dim]`
public record ShortConvolution(Linear in, float[] kernel, float @Nullable [] bias, Linear out) implements RowMixer {

    private static final int PARTS = 3;

    /// Binds `prefix.in_proj`, `prefix.conv` of shape `[dim, taps]` and `prefix.out_proj`, with biases where
    /// they are there.
    public static ShortConvolution bind(Weights w, String prefix, int dim, int taps) {
        float[] stored = w.table(prefix + ".conv.weight", dim, taps);
        float[] kernel = new float[stored.length];
        for (int i = 0; i < stored.length; i++) {
            kernel[i % taps * dim + i / taps] = stored[i];
        }
        return new ShortConvolution(
                w.linear(prefix + ".in_proj", dim, Math.multiplyExact(PARTS, dim)),
                kernel,
                w.vectorOrNull(prefix + ".conv.bias", dim),
                w.linear(prefix + ".out_proj", dim, dim));
    }

    private int dim() {
        return out.in();
    }

    /// Rows before its own that a row sees.
    private int seen() {
        return kernel.length / dim() - 1;
    }

    @Override
    public LayerState newState(int capacity, TensorType kv) {
        return new ConvolutionState(seen(), dim());
    }

    @Override
    public long bytes(int rows, TensorType kv) {
        return ConvolutionState.bytes(rows, seen(), dim());
    }

    @Override
    public Rows apply(Pass pass, Rows x, Batch batch, int layer, Positions.Angles angles, Rows y) {
        Rows parts = in.apply(pass, x, pass.rows("conv_parts", x.rows(), in.out())); // [rows, 3, dim]
        Rows mixed = pass.rows("mixed", x.rows(), dim());
        for (int i = 0; i < batch.spans(); i++) {
            Batch.Span span = batch.span(i);
            convolve(pass, span, span.state().layer(layer, ConvolutionState.class), parts, mixed);
        }
        pass.trace().rows("conv_mixed", layer, mixed);
        return out.apply(pass, mixed, y);
    }

    private void convolve(Pass pass, Batch.Span span, ConvolutionState state, Rows parts, Rows mixed) {
        int dim = dim();
        int seen = seen();
        Rows inputs = pass.rows("conv_inputs", seen + span.rows(), dim); // those before the span first
        state.begin(span.firstSlot(), inputs.data());
        for (int row = 0; row < span.rows(); row++) {
            int part = parts.offset(span.firstRow() + row);
            multiply(parts.data(), part, parts.data(), part + 2 * dim, inputs.data(), inputs.offset(seen + row), dim);
        }
        for (int row = 0; row < span.rows(); row++) {
            int at = mixed.offset(span.firstRow() + row);
            if (bias == null) {
                Arrays.fill(mixed.data(), at, at + dim, 0);
            } else {
                System.arraycopy(bias, 0, mixed.data(), at, dim);
            }
            for (int tap = 0; tap <= seen; tap++) {
                addProduct(kernel, tap * dim, inputs.data(), inputs.offset(row + tap), mixed.data(), at, dim);
            }
            int gate = parts.offset(span.firstRow() + row) + dim;
            multiply(parts.data(), gate, mixed.data(), at, mixed.data(), at, dim);
        }
        state.store(inputs.data(), span.rows());
    }

    private static void multiply(float[] a, int aOffset, float[] b, int bOffset, float[] y, int yOffset, int count) {
        for (int i = 0; i < count; i++) {
            y[yOffset + i] = a[aOffset + i] * b[bOffset + i];
        }
    }

    private static void addProduct(float[] a, int aOffset, float[] b, int bOffset, float[] y, int yOffset, int count) {
        for (int i = 0; i < count; i++) {
            y[yOffset + i] += a[aOffset + i] * b[bOffset + i];
        }
    }
}
