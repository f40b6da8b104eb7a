package io.peregrine.model.block;

import io.peregrine.kernels.Elementwise;
import io.peregrine.kernels.Rope;
import org.jspecify.annotations.Nullable;

/// How the attention of a decoder learns where its rows stand: by turning queries and keys.
public interface Positions {

    /// The angles of a batch, for all of its layers; valid until the next call with the same pass.
    Angles at(Pass pass, Batch batch);

    /// As [Decoder#variant].
    default int variant(int promptRows) {
        return 0;
    }

    /// The angles of the rows of a batch.
    ///
    /// @param rotated how many elements of a head turn, from the first
    /// @param cos `[rows, rotated / 2]`, maybe longer, as `sin`
    /// @param queryFactors `[rows]`, maybe longer: what queries are multiplied by; null for 1
    record Angles(Rope layout, int rotated, float[] cos, float[] sin, float @Nullable [] queryFactors) {

        /// Turns every head of the queries in place, and multiplies them by their factors.
        ///
        /// @param x `[rows, heads * headDim]`
        public void applyToQueries(Pass pass, Rows x, int headDim) {
            apply(pass, x, headDim);
            if (queryFactors != null) {
                Elementwise.scaleRows(pass.compute(), x.data(), 0, x.width(), x.rows(), x.width(), queryFactors);
            }
        }

        /// Turns every head of the keys in place.
        ///
        /// @param x `[rows, heads * headDim]`
        public void applyToKeys(Pass pass, Rows x, int headDim) {
            apply(pass, x, headDim);
        }

        private void apply(Pass pass, Rows x, int headDim) {
            apply(pass, x, 0, x.rows(), headDim);
        }

        /// Turns every head of some rows in place, the first by the first angles.
        ///
        /// @param x `[rows, heads * headDim]`
        public void apply(Pass pass, Rows x, int firstRow, int rows, int headDim) {
            layout.apply(
                    pass.compute(),
                    x.data(),
                    x.offset(firstRow),
                    x.width(),
                    rows,
                    x.width() / headDim,
                    headDim,
                    rotated,
                    cos,
                    sin);
        }
    }
}
