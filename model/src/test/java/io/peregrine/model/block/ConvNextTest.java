package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.kernels.Activation;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.image.Pixels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The blocks of a ConvNeXt against the formulas in plain loops and doubles.
class ConvNextTest {

    private final Workers workers = new Workers(2);
    private final Pass pass = new Pass(new Compute(workers, true), () -> false);
    private final Random random = new Random(3);

    @AfterEach
    void close() {
        workers.close();
    }

    @Test
    void channelConvolution_isTheSumOverTheNeighbourhood() {
        for (int size : new int[] {1, 3, 7}) {
            ChannelConvolution layer = convolution(size, 5);
            FeatureMap x = map(4, 6, 5);
            float[] found = layer.apply(pass, x, new Rows()).toArray();
            Fixture.assertClose("size " + size, Plain.flat(plain(layer, doubles(x), 4, 6)), found, 1e-5);
        }
    }

    @Test
    void block_addsTheScaledResult() {
        ConvNextBlock block = block(6);
        FeatureMap x = map(5, 3, 6);
        double[][] expected = plain(block, doubles(x), 5, 3);
        block.apply(pass, x, 0);
        Fixture.assertClose("block", Plain.flat(expected), x.rows().toArray(), 2e-5);
    }

    @Test
    void reduction_multipliesWindows() {
        MapReduction reduction = reduction(5, 2, 7);
        FeatureMap x = map(5, 7, 5);
        FeatureMap found = reduction.apply(pass, x);
        assertEquals(2, found.height());
        assertEquals(3, found.width());
        Fixture.assertClose(
                "reduction", Plain.flat(plain(reduction, doubles(x), 5, 7)), found.rows().toArray(), 1e-5);
    }

    @Test
    void tower_givesTheMapOfEveryStage() {
        ConvNextTower tower = tower();
        Pixels view = new Pixels(8, 12, random(12 * 8 * 3));
        Map<String, Integer> traced = new HashMap<>();
        pass.traceTo((name, layer, rows) -> traced.merge(name + layer, rows.rows(), Integer::sum));
        List<String> steps = new ArrayList<>();
        pass.reportTo((done, total) -> steps.add(done + "/" + total));
        List<FeatureMap> maps = tower.apply(pass, view);
        assertEquals(List.of("0/3", "1/3", "2/3", "3/3"), steps);
        assertEquals(24, traced.get("v.embd-1"));
        assertEquals(6, traced.get("l_out2"));

        double[][] x = new double[24][12];
        for (int place = 0; place < 24; place++) {
            for (int i = 0; i < 12; i++) { // channel, row, column
                int row = place / 4 * 2 + i / 2 % 2;
                int column = place % 4 * 2 + i % 2;
                x[place][i] = view.values()[(row * 8 + column) * 3 + i / 4];
            }
        }
        x = Plain.layerNorm(tower.stemNorm(), Plain.apply(tower.stem(), x));
        x = plain(tower.stages().getFirst().blocks().getFirst(), x, 6, 4);
        check(x, 6, 4, maps.getFirst());
        x = plain(reduction(tower), x, 6, 4);
        for (ConvNextBlock block : tower.stages().getLast().blocks()) {
            x = plain(block, x, 3, 2);
        }
        check(x, 3, 2, maps.getLast());
    }

    /// The maps of one picture are kept while another is encoded.
    @Test
    void tower_mapsHaveMemoryOfTheirOwn() {
        ConvNextTower tower = tower();
        List<FeatureMap> first = tower.apply(pass, new Pixels(8, 12, random(12 * 8 * 3)));
        List<float[]> before =
                first.stream().map(map -> map.rows().toArray()).toList();
        tower.apply(pass, new Pixels(8, 12, random(12 * 8 * 3)));
        for (int i = 0; i < before.size(); i++) {
            Fixture.assertClose("map " + i, before.get(i), first.get(i).rows().toArray(), 0);
        }
    }

    @Test
    void tower_cancelled_ends() {
        Pass cancelled = new Pass(new Compute(workers, true), () -> true);
        assertThrows(
                CancellationException.class, () -> tower().apply(cancelled, new Pixels(8, 12, random(12 * 8 * 3))));
    }

    private ConvNextTower tower() {
        return new ConvNextTower(
                2,
                Plain.linear(random, 5, 12),
                norm(5),
                List.of(
                        new ConvNextTower.Stage(null, List.of(block(5))),
                        new ConvNextTower.Stage(reduction(5, 2, 7), List.of(block(7), block(7)))));
    }

    private static MapReduction reduction(ConvNextTower tower) {
        return Objects.requireNonNull(tower.stages().getLast().reduction());
    }

    private static void check(double[][] expected, int height, int width, FeatureMap found) {
        assertEquals(height, found.height());
        assertEquals(width, found.width());
        Fixture.assertClose(
                height + " x " + width, Plain.flat(expected), found.rows().toArray(), 5e-5);
    }

    private float[] random(int count) {
        return Plain.random(random, 1, count)[0];
    }

    private ChannelConvolution convolution(int size, int channels) {
        return new ChannelConvolution(size, random(size * size * channels), random(channels));
    }

    private RowNorm norm(int dim) {
        return new RowNorm.Layer(random(dim), random(dim), 1e-6f);
    }

    private ConvNextBlock block(int channels) {
        return new ConvNextBlock(
                convolution(7, channels),
                norm(channels),
                new Mlp(
                        null,
                        Plain.linear(random, 4 * channels, channels),
                        Plain.linear(random, channels, 4 * channels),
                        Activation.GELU_ERF),
                random(channels));
    }

    private MapReduction reduction(int in, int factor, int out) {
        return new MapReduction(norm(in), factor, Plain.linear(random, out, in * factor * factor));
    }

    private FeatureMap map(int height, int width, int channels) {
        return new FeatureMap(height, width, Plain.rows(Plain.random(random, height * width, channels)));
    }

    private static double[][] doubles(FeatureMap map) {
        double[][] values = new double[map.rows().rows()][map.rows().width()];
        for (int r = 0; r < values.length; r++) {
            for (int i = 0; i < values[r].length; i++) {
                values[r][i] = map.rows().data()[map.rows().offset(r) + i];
            }
        }
        return values;
    }

    private static double[][] plain(ChannelConvolution layer, double[][] x, int height, int width) {
        int channels = x[0].length;
        int half = layer.size() / 2;
        double[][] y = new double[x.length][channels];
        for (int place = 0; place < x.length; place++) {
            for (int c = 0; c < channels; c++) {
                double sum = Objects.requireNonNull(layer.bias())[c];
                for (int tap = 0; tap < layer.size() * layer.size(); tap++) {
                    int row = place / width + tap / layer.size() - half;
                    int column = place % width + tap % layer.size() - half;
                    if (row >= 0 && row < height && column >= 0 && column < width) {
                        sum += layer.weight()[tap * channels + c] * x[row * width + column][c];
                    }
                }
                y[place][c] = sum;
            }
        }
        return y;
    }

    private static double[][] plain(ConvNextBlock block, double[][] x, int height, int width) {
        double[][] inner = Plain.layerNorm(block.norm(), plain(block.convolution(), x, height, width));
        inner = Plain.map(Plain.apply(block.mlp().up(), inner), Plain::geluErf);
        double[][] delta = Plain.apply(block.mlp().down(), inner);
        for (double[] row : delta) {
            for (int i = 0; i < row.length; i++) {
                row[i] *= block.scale()[i];
            }
        }
        return Plain.add(x, delta);
    }

    private static double[][] plain(MapReduction reduction, double[][] x, int height, int width) {
        double[][] normed = Plain.layerNorm(reduction.norm(), x);
        int f = reduction.factor();
        int columns = width / f;
        double[][] windows = new double[height / f * columns][reduction.kernel().in()];
        for (int place = 0; place < windows.length; place++) {
            for (int i = 0; i < windows[place].length; i++) { // channel, row, column
                int row = place / columns * f + i / f % f;
                int column = place % columns * f + i % f;
                windows[place][i] = normed[row * width + column][i / (f * f)];
            }
        }
        return Plain.apply(reduction.kernel(), windows);
    }
}
