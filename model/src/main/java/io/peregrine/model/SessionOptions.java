package io.peregrine.model;

import io.peregrine.core.tensor.TensorType;

/// What a session can hold, and how exactly it computes.
///
/// @param contextLength tokens that prompt and answer may take together; 0 for the model's trained length, or
///     as much of it as is sensible for the heap
/// @param cache how keys and values are kept: F16, or F32 for twice the memory and the last bits of precision
/// @param exact keep f32 activations everywhere, without faster roundings
public record SessionOptions(int contextLength, TensorType cache, boolean exact) {

    /// @throws IllegalArgumentException naming the field, its value and its range
    public SessionOptions {
        if (contextLength != 0 && (contextLength < 2 || contextLength > Model.MAX_CONTEXT)) {
            throw new IllegalArgumentException("context length: found " + contextLength
                    + ", expected 0 or a number from" + " 2 to " + Model.MAX_CONTEXT);
        }
        if (cache != TensorType.F16 && cache != TensorType.F32) {
            throw new IllegalArgumentException("cache: found " + cache + ", expected F16 or F32");
        }
    }

    /// The context chosen by the model and the heap, an F16 cache.
    public static SessionOptions defaults() {
        return new SessionOptions(0, TensorType.F16, false);
    }

    public SessionOptions withContextLength(int value) {
        return new SessionOptions(value, cache, exact);
    }

    public SessionOptions withCache(TensorType value) {
        return new SessionOptions(contextLength, value, exact);
    }

    public SessionOptions withExact(boolean value) {
        return new SessionOptions(contextLength, cache, value);
    }
}
