package io.peregrine.model.block;

import io.peregrine.kernels.Activation;
import io.peregrine.kernels.BilinearResize;
import io.peregrine.model.image.Mask;
import java.util.List;

/// From a mask to the row that says where the region is: the mask in a small square, through layers with ReLU
/// between them.
///
/// Source: arXiv 2312.10032; `CircleRadon/Osprey : osprey/model/layer.py`.
///
/// @param side of the square
/// @param layers the first `[inner, side * side]`, the last `[dim, inner]`
public record MaskPosition(int side, List<Linear> layers) {

    /// @param mask of the whole picture, in its own size
    /// @param y gets the shape `[1, dim]`
    public Rows apply(Pass pass, Mask mask, Rows y) {
        Rows x = pass.rows("region.square", 1, side * side);
        BilinearResize.apply(
                pass.compute(), mask.toFloats(), 0, mask.height(), mask.width(), 1, x.data(), 0, side, side);
        for (int i = 0; i < layers.size() - 1; i++) {
            Linear layer = layers.get(i);
            x = layer.apply(pass, x, pass.rows("region.inner" + i, 1, layer.out()));
            Activation.RELU.apply(pass.compute(), x.data(), 0, x.elements());
        }
        return layers.getLast().apply(pass, x, y);
    }
}
