package io.peregrine.model.quantize;

import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.time.Duration;
import java.util.List;

/// What became of a file.
///
/// @param tensors in the order of the file
/// @param notes what was done against the wish, one line each
/// @param time that it took
public record QuantizeResult(List<Change> tensors, List<String> notes, Duration time) {

    /// What became of a tensor; both types are the same if it was copied.
    public record Change(String name, Shape shape, TensorType from, TensorType to, long bytesBefore, long bytes) {}

    /// Elements of all tensors.
    public long elements() {
        return tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
    }

    /// Bytes of all tensors before.
    public long bytesBefore() {
        return tensors.stream().mapToLong(Change::bytesBefore).sum();
    }

    /// Bytes of all tensors after.
    public long bytes() {
        return tensors.stream().mapToLong(Change::bytes).sum();
    }
}
