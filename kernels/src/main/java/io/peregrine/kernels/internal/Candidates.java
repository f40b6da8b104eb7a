package io.peregrine.kernels.internal;

/// Ways to encode a group of elements that are tried side by side, one in each lane: their parameters and what they
/// come to.
///
/// A way has the codes `q = round((x - base + shift) * inverse)`, half to even, within `least..most`.
public final class Candidates {

    /// Ways that are tried at once: a multiple of the lanes of every vector.
    public static final int COUNT = 16;

    /// Added and taken away again it leaves a float rounded to a whole number, half to even.
    public static final float ROUNDING = 0x1.8p23f;

    /// The limits of codes.
    public final float least;

    public final float most;

    public final float[] inverse = new float[COUNT];
    public final float[] shift = new float[COUNT];

    /// What codes stand for: `q * scale - shift`.
    public final float[] scale = new float[COUNT];

    /// Sum of `(x - base) * q`.
    public final float[] sumXq = new float[COUNT];

    /// Sum of `q`.
    public final float[] sumQ = new float[COUNT];

    /// Sum of `q * q`.
    public final float[] sumQq = new float[COUNT];

    /// Sum of `(x - (q * scale - shift))^2` with a base of 0.
    public final float[] error = new float[COUNT];

    public Candidates(int least, int most) {
        this.least = least;
        this.most = most;
    }

    /// The code of a quotient.
    public int code(float quotient) {
        float rounded = (quotient + ROUNDING) - ROUNDING;
        return (int) (rounded < least ? least : rounded > most ? most : rounded);
    }

    /// Sets what way `c` stands for.
    public void set(int c, float scaleOf, float shiftOf) {
        scale[c] = scaleOf;
        shift[c] = shiftOf;
        inverse[c] = scaleOf == 0 ? 0 : 1 / scaleOf;
    }

    /// The way with the least error, the first one of several.
    public int best() {
        int best = 0;
        for (int c = 1; c < COUNT; c++) {
            if (error[c] < error[best]) {
                best = c;
            }
        }
        return best;
    }
}
