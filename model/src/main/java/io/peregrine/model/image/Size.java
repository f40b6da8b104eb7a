package io.peregrine.model.image;

/// A width and a height in pixels, both at least 1.
public record Size(int width, int height) {

    public Size {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a size of " + width + " x " + height + " pixels");
        }
    }

    /// Width times height.
    public long area() {
        return (long) width * height;
    }
}
