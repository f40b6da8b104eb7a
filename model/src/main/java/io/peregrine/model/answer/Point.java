package io.peregrine.model.answer;

/// A point of a picture, wherever it is shown: 0, 0 is its upper left corner, 1, 1 its lower right one.
///
/// @param x part of the width, from 0 to 1
/// @param y part of the height, from 0 to 1
public record Point(double x, double y) {

    /// @throws IllegalArgumentException if it lies outside of the picture
    public Point {
        if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) {
            throw new IllegalArgumentException("point " + x + ", " + y + ": expected numbers from 0 to 1");
        }
    }

    /// The nearest border between the pixels of a picture of a size.
    public Pixel in(int width, int height) {
        return new Pixel((int) Math.round(x * width), (int) Math.round(y * height));
    }

    /// A point of a picture of a certain size: borders between pixels, so that the picture's lower right
    /// corner is its width and height.
    public record Pixel(int x, int y) {}
}
