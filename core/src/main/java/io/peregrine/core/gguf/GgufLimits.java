package io.peregrine.core.gguf;

/// What a GGUF file may ask for at most; beyond it opening ends with a
/// [io.peregrine.core.ResourceLimitException] that names the component to raise.
///
/// @param pairs metadata pairs of a file
/// @param tensors tensors of a file, each of which takes several hundred bytes once the file is open
/// @param arrayElements elements of an array in the metadata
/// @param stringBytes bytes of a string in the metadata
/// @param nesting depth of arrays in arrays; a plain array is 1
/// @param keyBytes bytes of a metadata key
/// @param tensorNameBytes bytes of a tensor's name; ggml keeps 64 with the terminating zero, some converters
///     write more
public record GgufLimits(
        int pairs, int tensors, int arrayElements, int stringBytes, int nesting, int keyBytes, int tensorNameBytes) {

    /// The limits that hold unless others are given.
    public static final GgufLimits DEFAULT = new GgufLimits(100_000, 1 << 16, 1 << 27, 64 << 20, 8, 64 << 10, 63);

    private static final int DEEPEST = 64;
    private static final int MOST_TENSORS = 1 << 27;

    public GgufLimits {
        if (pairs < 0 || tensors < 0 || arrayElements < 0 || stringBytes < 0 || keyBytes < 1 || tensorNameBytes < 1) {
            throw new IllegalArgumentException("a limit is too low");
        }
        if (tensors > MOST_TENSORS) {
            throw new IllegalArgumentException(tensors + " tensors are more than " + MOST_TENSORS);
        }
        if (nesting < 1 || nesting > DEEPEST) {
            throw new IllegalArgumentException("nesting " + nesting + " is not in 1.." + DEEPEST);
        }
    }
}
