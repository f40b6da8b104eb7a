package io.peregrine.model.block;

import io.peregrine.kernels.RopeTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// The sines and cosines of a batch whose sequences may be of different variants ([Decoder#variant]).
///
/// Kept from call to call by a [Pass], and used by one thread.
final class RotaryTables {

    private final int half;
    private final IntFunction<RopeTable> source;
    private final List<RopeTable> byVariant = new ArrayList<>();
    private float[] cos = {};
    private float[] sin = {};

    /// @param rotated elements of a head that turn
    /// @param source makes the table of a variant
    RotaryTables(int rotated, IntFunction<RopeTable> source) {
        this.half = rotated / 2;
        this.source = source;
    }

    RotaryTables fill(Batch batch) {
        int needed = Math.multiplyExact(batch.rows(), half);
        if (cos.length < needed) {
            cos = new float[needed];
            sin = new float[needed];
        }
        int[] positions = batch.positions(0);
        for (int i = 0; i < batch.spans(); i++) {
            Batch.Span span = batch.span(i);
            RopeTable table = of(span.state().variant());
            table.fill(positions, span.firstRow(), span.rows());
            System.arraycopy(table.cos(), 0, cos, span.firstRow() * half, span.rows() * half);
            System.arraycopy(table.sin(), 0, sin, span.firstRow() * half, span.rows() * half);
        }
        return this;
    }

    private RopeTable of(int variant) {
        while (byVariant.size() <= variant) {
            byVariant.add(source.apply(byVariant.size()));
        }
        return byVariant.get(variant);
    }

    /// `[rows, rotated / 2]` of the last [#fill], maybe longer.
    float[] cos() {
        return cos;
    }

    /// As [#cos].
    float[] sin() {
        return sin;
    }
}
