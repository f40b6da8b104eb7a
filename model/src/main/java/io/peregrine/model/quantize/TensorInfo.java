package io.peregrine.model.quantize;

import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;

/// A tensor without its data.
public record TensorInfo(String name, TensorType type, Shape shape) {

    /// Bytes of the elements, stored as `as`.
    long sizeBytes(TensorType as) {
        return Math.multiplyExact(shape.rows(), as.rowBytes(shape.columns()));
    }
}
