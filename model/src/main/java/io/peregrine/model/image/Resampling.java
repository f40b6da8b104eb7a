package io.peregrine.model.image;

/// The ways of resizing. Those with plain names are bit for bit Pillow's (`PIL.Image.Resampling`), with which
/// most vision models were trained: antialiased when the picture gets smaller, 8 bits between the two passes.
/// Those of llama.cpp are for [Preprocess#LLAMA_CPP] and look at few samples of a large picture.
public enum Resampling {
    /// The nearest sample.
    NEAREST(new NearestResize()),
    /// The mean of the samples under a new one.
    BOX(new FilterResize(0.5, Resampling::box)),
    /// A triangle.
    BILINEAR(new FilterResize(1, Resampling::triangle)),
    /// Keys' cubic convolution with a = -0.5.
    BICUBIC(new FilterResize(2, Resampling::cubic)),
    /// A sinc under a wider sinc.
    LANCZOS(new FilterResize(3, Resampling::lanczos)),
    /// llama.cpp's bilinear: corners on corners, not antialiased, cut off to whole numbers.
    LLAMA_BILINEAR(new AlignedResize()),
    /// llama.cpp's bicubic: not shifted by half a sample, not antialiased, rounded.
    LLAMA_BICUBIC(new CubicResize());

    private final Resize resize;

    Resampling(Resize resize) {
        this.resize = resize;
    }

    /// Resizes all of `canvas`, on which `source` lies.
    Raster8 resize(Raster8 source, Canvas canvas, int width, int height) {
        return resize.resize(source, canvas, width, height);
    }

    private static double box(double x) {
        return x > -0.5 && x <= 0.5 ? 1 : 0;
    }

    private static double triangle(double x) {
        return Math.max(0, 1 - Math.abs(x));
    }

    private static double cubic(double x) {
        double a = -0.5;
        double d = Math.abs(x);
        if (d < 1) {
            return ((a + 2) * d - (a + 3)) * d * d + 1;
        }
        return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    }

    private static double lanczos(double x) {
        return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
    }
}
