package io.peregrine.model.block;

import io.peregrine.kernels.Patches;

/// What leads from one scale of a ConvNeXt to the next: a norm of each place, and a convolution whose windows do not
/// overlap.
///
/// @param factor side of a window
/// @param kernel `[out, channels * factor * factor]`, the convolution's weight: channel, row, column
public record MapReduction(RowNorm norm, int factor, Linear kernel) {

    /// @return `[height / factor * (width / factor), out]`, in memory of its own
    public FeatureMap apply(Pass pass, FeatureMap x) {
        Rows rows = x.rows();
        int height = x.height() / factor;
        int width = x.width() / factor;
        Rows normed = norm.apply(pass, rows, pass.rows("normed", rows.rows(), rows.width()));
        Rows windows = pass.rows("windows", height * width, kernel.in());
        Patches.unfold(normed.data(), x.height(), x.width(), rows.width(), factor, true, windows.data(), 0);
        return new FeatureMap(height, width, kernel.apply(pass, windows, new Rows()));
    }
}
