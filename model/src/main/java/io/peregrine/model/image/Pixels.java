package io.peregrine.model.image;

import java.util.function.Supplier;

/// One view as a vision tower takes it: normalised RGB. Its size is known from the beginning, its values are computed
/// when they are first asked for: how many tokens a picture takes is known without them. Safe to share between threads.
public final class Pixels {

    private final int width;
    private final int height;
    private final Later<float[]> values;

    /// @param width pixels from left to right
    /// @param height pixels from top to bottom
    /// @param values `[height, width, 3]`, handed over and not copied
    public Pixels(int width, int height, float[] values) {
        this(width, height, Later.known(checked(width, height, values)));
    }

    private Pixels(int width, int height, Later<float[]> values) {
        this.width = width;
        this.height = height;
        this.values = values;
    }

    /// @param values gives `[height, width, 3]`
    static Pixels later(int width, int height, Supplier<float[]> values) {
        return new Pixels(width, height, new Later<>(() -> checked(width, height, values.get())));
    }

    private static float[] checked(int width, int height, float[] values) {
        if (width < 1 || height < 1 || values.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    values.length + " values for " + width + " x " + height + " pixels of 3 values");
        }
        return values;
    }

    /// Pixels from left to right.
    public int width() {
        return width;
    }

    /// Pixels from top to bottom.
    public int height() {
        return height;
    }

    /// `[height, width, 3]`, not to be changed. The first call may take the time to resize the picture.
    public float[] values() {
        return values.get();
    }
}
