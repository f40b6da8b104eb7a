package io.peregrine.model.block;

import io.peregrine.kernels.Rope;
import org.jspecify.annotations.Nullable;

/// Rotary position embedding (arXiv 2104.09864): which elements form pairs, and how fast each pair turns.
///
/// The angle of pair `i` at position `p` is `p * rate[i]`.
public final class Rotary {

    private final Rope layout;
    private final double[] rates;

    private Rotary(Rope layout, double[] rates) {
        this.layout = layout;
        this.rates = rates;
    }

    /// Rates `base ^ (-2i / rotated)`, slowed down.
    ///
    /// @param rotated how many elements of a head turn: even
    /// @param factors `[rotated / 2]`, divide the rates (the `rope_freqs` tensor of Llama 3.1), or null
    /// @param linear divides all rates (linear scaling); 1 is off
    public static Rotary of(Rope layout, int rotated, double base, float @Nullable [] factors, double linear) {
        double[] rates = new double[rotated / 2];
        for (int i = 0; i < rates.length; i++) {
            double slower = factors == null ? linear : linear * factors[i];
            rates[i] = Math.pow(base, -2.0 * i / rotated) / slower;
        }
        return new Rotary(layout, rates);
    }

    /// The cosines and sines of a batch, shared by all layers: two rows blocks of `[rows, rotated / 2]`.
    ///
    /// @param cos gets the cosines
    /// @param sin gets the sines
    public void angles(Batch batch, Rows cos, Rows sin) {
        cos.shape(batch.rows(), rates.length);
        sin.shape(batch.rows(), rates.length);
        for (int row = 0; row < batch.rows(); row++) {
            int position = batch.position(row, 0);
            for (int i = 0; i < rates.length; i++) {
                double angle = position * rates[i];
                cos.data()[cos.offset(row) + i] = (float) Math.cos(angle);
                sin.data()[sin.offset(row) + i] = (float) Math.sin(angle);
            }
        }
    }

    /// Turns every head in place.
    ///
    /// @param x `[rows, heads * headDim]`
    public void apply(Pass pass, Rows x, int headDim, Rows cos, Rows sin) {
        layout.apply(
                pass.compute(),
                x.data(),
                0,
                x.width(),
                x.rows(),
                x.width() / headDim,
                headDim,
                rates.length * 2,
                cos.data(),
                sin.data());
    }
}
