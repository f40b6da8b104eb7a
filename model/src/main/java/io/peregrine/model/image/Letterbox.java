package io.peregrine.model.image;

/// How sizes are rounded when a picture is brought into a given size without losing its shape, and the rest
/// is filled with one colour. Both are llama.cpp's, in its float arithmetic.
///
/// Source: `ggml-org/llama.cpp : tools/mtmd/mtmd-image.cpp` (`img_tool::resize`).
public enum Letterbox {
    /// The picture's sides rounded up; of an odd rest the greater half right or below.
    CEIL {
        @Override
        int side(float exact) {
            return (int) Math.ceil(exact);
        }

        @Override
        int offset(int rest) {
            return rest / 2;
        }
    },
    /// The picture's sides rounded to the nearest, halves up, but to 1 at least; of an odd rest the greater
    /// half left or above.
    NEAREST {
        @Override
        int side(float exact) {
            return Math.max(1, Math.round(exact));
        }

        @Override
        int offset(int rest) {
            return rest / 2 + rest % 2;
        }
    };

    abstract int side(float exact);

    abstract int offset(int rest);

    /// The size of a picture of `source` inside of `target`.
    Size inside(Size source, Size target) {
        float scale =
                Math.min((float) target.width() / source.width(), (float) target.height() / source.height());
        return new Size(
                Math.min(side(source.width() * scale), target.width()),
                Math.min(side(source.height() * scale), target.height()));
    }
}
