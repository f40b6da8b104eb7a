package io.peregrine.model.image;

/// Eight-bit RGB samples on their way to an [Image]: `[height, width, 3]`. The array is handed over, not
/// copied.
record Raster8(int width, int height, byte[] rgb) {

    Raster8 {
        if (rgb.length != width * height * 3) {
            throw new IllegalArgumentException(
                    rgb.length + " samples for " + width + " x " + height + " pixels of 3 samples");
        }
    }

    static Raster8 blank(int width, int height) {
        return new Raster8(width, height, new byte[Math.multiplyExact(Math.multiplyExact(width, height), 3)]);
    }
}
