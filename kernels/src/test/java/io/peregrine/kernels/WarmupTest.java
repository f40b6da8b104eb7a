package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("facade")
class WarmupTest {

    /// As many weights as a model needs for vectors to be used.
    private static final int ROWS = 32_768;

    private static final int COLUMNS = 256;

    @Test
    void run_changesNoResult() {
        Matrix large = Weights.random(TensorType.Q8_0, ROWS, COLUMNS, 1);
        Matrix w = Weights.random(TensorType.Q4_K, 7, COLUMNS, 2);
        float[] x = Fills.normal(COLUMNS, 3);
        float[] before = product(w, x);
        Warmup.run(List.of(large.tensor(), w.tensor()));
        assertArrayEquals(before, product(w, x));
    }

    @Test
    void run_interrupted_endsAndStaysInterrupted() {
        Matrix large = Weights.random(TensorType.F16, ROWS, COLUMNS, 1);
        Thread.currentThread().interrupt();
        Warmup.run(List.of(large.tensor()));
        assertTrue(Thread.interrupted());
    }

    private static float[] product(Matrix w, float[] x) {
        try (Workers workers = new Workers(1)) {
            float[] y = new float[w.rows()];
            MatMul.apply(new Compute(workers, false), w, null, x, 0, x.length, 1, y, 0, y.length);
            return y;
        }
    }
}
