package io.peregrine.model.block;

import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.image.Mask;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What makes rows of a mask, against the formulas in plain loops and doubles.
class MaskLayersTest {

    private final Workers workers = new Workers(2);
    private final Pass pass = new Pass(new Compute(workers, true), () -> false);
    private final Random random = new Random(4);

    @AfterEach
    void close() {
        workers.close();
    }

    @Test
    void extractor_sumsTheMeansOfAllLevels() {
        List<FeatureMap> maps = List.of(map(8, 8, 5), map(4, 4, 6), map(2, 2, 7), map(1, 1, 3));
        MaskExtractor extractor = new MaskExtractor(
                List.of(
                        Plain.linear(random, 9, 5),
                        Plain.linear(random, 9, 6),
                        Plain.linear(random, 9, 7),
                        Plain.linear(random, 9, 3)),
                Plain.linear(random, 4, 9));
        for (Mask mask : List.of(
                Mask.box(16, 16, 3, 2, 9, 12),
                Mask.box(16, 16, 0, 0, 16, 16),
                Mask.polygon(16, 16, 1, 1, 15, 3, 6, 14),
                Mask.box(37, 11, 5, 4, 30, 9),
                Mask.box(3, 3, 2, 0, 3, 1),
                Mask.box(128, 128, 0, 0, 1, 1))) {
            double[][] sum = new double[1][9];
            for (int i = 0; i < maps.size(); i++) {
                sum = Plain.add(sum, Plain.apply(extractor.levels().get(i), mean(maps.get(i), mask)));
            }
            float[] found = extractor.apply(pass, maps, mask, new Rows()).toArray();
            Fixture.assertClose(mask.toString(), Plain.flat(Plain.apply(extractor.feat(), sum)), found, 1e-5);
        }
    }

    @Test
    void position_isTheMaskInASquareThroughThreeLayers() {
        MaskPosition position = new MaskPosition(
                6, List.of(Plain.linear(random, 8, 36), Plain.linear(random, 7, 8), Plain.linear(random, 5, 7)));
        for (Mask mask : List.of(
                Mask.box(16, 16, 3, 2, 9, 12), Mask.box(9, 31, 1, 4, 7, 30), Mask.box(2, 2, 0, 0, 1, 2))) {
            double[][] x = {new double[36]};
            for (int i = 0; i < 36; i++) {
                x[0][i] = sample(mask, i / 6, i % 6, 6, 6);
            }
            x = Plain.map(Plain.apply(position.layers().get(0), x), value -> Math.max(0, value));
            x = Plain.map(Plain.apply(position.layers().get(1), x), value -> Math.max(0, value));
            float[] found = position.apply(pass, mask, new Rows()).toArray();
            Fixture.assertClose(mask.toString(), Plain.flat(Plain.apply(position.layers().get(2), x)), found, 1e-5);
        }
    }

    private FeatureMap map(int height, int width, int channels) {
        return new FeatureMap(height, width, Plain.rows(Plain.random(random, height * width, channels)));
    }

    private static double[][] mean(FeatureMap map, Mask mask) {
        int channels = map.rows().width();
        double[][] mean = new double[1][channels];
        double count = 0;
        for (int place = 0; place < map.rows().rows(); place++) {
            int row = place / map.width();
            if (sample(mask, row, place % map.width(), map.height(), map.width()) > 0) {
                count++;
                for (int c = 0; c < channels; c++) {
                    mean[0][c] += map.rows().data()[map.rows().offset(place) + c];
                }
            }
        }
        for (int c = 0; c < channels; c++) {
            mean[0][c] /= count + 1e-8;
        }
        return mean;
    }

    /// The value at a place of a smaller or larger grid by the four pixels around it; of pixels that count for nothing,
    /// none is looked at.
    private static double sample(Mask mask, int row, int column, int height, int width) {
        double y = Math.max(0, (2.0 * row + 1) * mask.height() - height) / (2.0 * height);
        double x = Math.max(0, (2.0 * column + 1) * mask.width() - width) / (2.0 * width);
        double sum = 0;
        for (int r = 0; r < mask.height(); r++) {
            for (int c = 0; c < mask.width(); c++) {
                double down = Math.max(0, 1 - Math.abs(Math.min(y, mask.height() - 1) - r));
                double right = Math.max(0, 1 - Math.abs(Math.min(x, mask.width() - 1) - c));
                sum += mask.has(c, r) ? down * right : 0;
            }
        }
        return sum;
    }
}
