package io.peregrine.model.block;

import io.peregrine.kernels.Elementwise;

/// A block of ConvNeXt (arXiv 2201.03545): each channel over its neighbourhood, then all channels of each place
/// through a norm and a feed-forward part, whose result is scaled by channel and added to the input.
///
/// @param scale `[channels]`
public record ConvNextBlock(ChannelConvolution convolution, RowNorm norm, Mlp mlp, float[] scale) {

    /// Transforms the rows of the map in place.
    public void apply(Pass pass, FeatureMap x, int layer) {
        Rows rows = x.rows();
        Rows inner = convolution.apply(pass, x, pass.rows("convolved", rows.rows(), rows.width()));
        norm.apply(pass, inner, inner);
        Rows delta = mlp.apply(pass, inner, layer, pass.rows("delta", rows.rows(), rows.width()));
        Elementwise.addScaled(pass.compute(), rows.data(), 0, delta.data(), 0, scale, rows.rows(), rows.width());
        pass.trace().rows("l_out", layer, rows);
    }
}
