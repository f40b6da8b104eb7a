package io.peregrine.model.block;

import io.peregrine.kernels.DepthwiseConvolution;
import org.jspecify.annotations.Nullable;

/// A convolution of each channel by itself that keeps the size of the map.
///
/// @param size rows and columns of the kernel, odd
/// @param weight `[size, size, channels]`
/// @param bias `[channels]`, or null
public record ChannelConvolution(int size, float[] weight, float @Nullable [] bias) {

    /// Binds `prefix.weight` and, if it is there, `prefix.bias`.
    public static ChannelConvolution bind(Weights w, String prefix, int channels) {
        float[] weight = w.channelKernel(prefix + ".weight", channels);
        int size = (int) Math.round(Math.sqrt(weight.length / channels));
        return new ChannelConvolution(size, weight, w.vectorOrNull(prefix + ".bias", channels));
    }

    /// @param y gets the shape of the map's rows; must not be these rows
    public Rows apply(Pass pass, FeatureMap x, Rows y) {
        Rows rows = x.rows();
        y.shape(rows.rows(), rows.width());
        DepthwiseConvolution.apply(
                pass.compute(), weight, bias, size, rows.data(), 0, x.height(), x.width(), rows.width(), y.data(), 0);
        return y;
    }
}
