package io.peregrine.core.gguf;

import io.peregrine.core.memory.LoadListener;

/// How to open a GGUF file.
///
/// @param limits what the file may ask for
/// @param copyWeights read the weights into memory of the process's own instead of mapping the file: takes as
///     much memory as the weights, and is immune to whatever happens to the file afterwards
/// @param listener hears how far the copying has come
public record GgufOptions(GgufLimits limits, boolean copyWeights, LoadListener listener) {

    /// Default limits, mapped.
    public static final GgufOptions DEFAULT = new GgufOptions(GgufLimits.DEFAULT, false, LoadListener.NONE);

    public GgufOptions withLimits(GgufLimits other) {
        return new GgufOptions(other, copyWeights, listener);
    }

    public GgufOptions withCopyWeights(boolean copy) {
        return new GgufOptions(limits, copy, listener);
    }

    public GgufOptions withListener(LoadListener other) {
        return new GgufOptions(limits, copyWeights, other);
    }
}
