package io.peregrine.kernels;

/// Checks of the arguments of kernels, before a loop runs that would fail half way or without a useful trace.
final class Checks {

    private Checks() {}

    /// Checks that `rows` rows of `length` elements, `stride` apart from `offset`, lie inside an array.
    ///
    /// @param name of the argument, for the message
    /// @param size elements of the array
    /// @throws IllegalArgumentException if they do not, or if rows overlap
    static void rows(String name, int size, int offset, int stride, int rows, int length) {
        if (rows < 0 || length < 0 || offset < 0) {
            throw new IllegalArgumentException(
                    name + ": " + rows + " rows of " + length + " elements from " + offset + ", expected none negative");
        }
        if (rows > 1 && stride < length) {
            throw new IllegalArgumentException(
                    name + ": rows of " + length + " elements are " + stride + " apart, expected at least " + length);
        }
        long end = rows == 0 ? offset : offset + (rows - 1L) * stride + length;
        if (end > size) {
            throw new IllegalArgumentException(name + ": " + rows + " rows of " + length + " elements, " + stride
                    + " apart from " + offset + ", end at " + end + ", the array has " + size);
        }
    }

    /// Checks that `count` elements from `offset` lie inside an array.
    ///
    /// @throws IllegalArgumentException if they do not
    static void range(String name, int size, int offset, int count) {
        if (offset < 0 || count < 0 || (long) offset + count > size) {
            throw new IllegalArgumentException(
                    name + ": " + count + " elements from " + offset + ", the array has " + size);
        }
    }

    /// Checks that a map `[height, width, channels]` from `offset` lies inside an array.
    ///
    /// @throws IllegalArgumentException if it does not
    static void map(String name, int size, int offset, int height, int width, int channels) {
        if (offset < 0 || height < 0 || width < 0) {
            throw new IllegalArgumentException(
                    name + ": " + width + " x " + height + " places from " + offset + ", expected none negative");
        }
        // Both factors are below 2^62, so a product that overflows shows in its upper half.
        long places = (long) height * width;
        if (Math.multiplyHigh(places, channels) != 0 || places * channels > (long) size - offset) {
            throw new IllegalArgumentException(name + ": " + width + " x " + height + " places of " + channels
                    + " channels from " + offset + ", the array has " + size);
        }
    }

    /// @throws IllegalArgumentException if a number that must be positive is not
    static void positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " is " + value + ", expected a positive number");
        }
    }
}
