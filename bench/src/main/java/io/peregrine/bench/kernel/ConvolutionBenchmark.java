package io.peregrine.bench.kernel;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.BilinearResize;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.DepthwiseConvolution;
import io.peregrine.kernels.Elementwise;
import io.peregrine.kernels.MatMul;
import io.peregrine.kernels.Matrix;
import io.peregrine.kernels.Patches;
import io.peregrine.kernels.Workers;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What a ConvNeXt-L does between matrix products, in the maps of a picture of 512 pixels a side.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xms2g", "-Xmx2g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class ConvolutionBenchmark {

    private static final int KERNEL = 7;
    private static final int FACTOR = 2;

    @Param({"vector", "plain"})
    String loops = "vector";

    /// `side x channels` of the map: one for each stage.
    @Param({"128x192", "64x384", "32x768", "16x1536"})
    String map = "128x192";

    @Param("2")
    int threads;

    private int side;
    private int channels;
    private Workers workers;
    private Compute compute;
    private Arena arena;
    private float[] x;
    private float[] y;
    private float[] weight;
    private Matrix reduction;
    private float[] unfolded;
    private float[] reduced;

    @Setup(Level.Trial)
    public void prepare() {
        String[] sizes = map.split("x");
        side = Integer.parseInt(sizes[0]);
        channels = Integer.parseInt(sizes[1]);
        workers = new Workers(threads);
        compute = Loops.compute(workers, loops);
        arena = Arena.ofShared();
        x = Loops.gaussian(side * side * channels, 1);
        y = new float[x.length];
        weight = Loops.gaussian(KERNEL * KERNEL * channels, 2);
        reduction = Loops.matrix(TensorType.F16, FACTOR * channels, FACTOR * FACTOR * channels, 3, arena);
        unfolded = new float[x.length];
        reduced = new float[x.length / FACTOR];
        float[] expected = new float[x.length];
        convolve(Loops.compute(workers, "plain"), expected);
        convolve(compute, y);
        Loops.checkEqual(expected, y, 1e-5);
    }

    @TearDown(Level.Trial)
    public void close() {
        workers.close();
        arena.close();
    }

    private void convolve(Compute on, float[] result) {
        DepthwiseConvolution.apply(on, weight, weight, KERNEL, x, 0, side, side, channels, result, 0);
    }

    @Benchmark
    public float[] depthwise() {
        convolve(compute, y);
        return y;
    }

    /// The convolution 2 x 2 with stride 2 that doubles the channels.
    @Benchmark
    public float[] reduce() {
        Patches.unfold(x, side, side, channels, FACTOR, true, unfolded, 0);
        int rows = side / FACTOR * (side / FACTOR);
        int width = FACTOR * FACTOR * channels;
        MatMul.apply(
                compute, reduction, null, unfolded, 0, width, rows, reduced, 0, FACTOR * channels);
        return reduced;
    }

    @Benchmark
    public float[] unfold() {
        Patches.unfold(x, side, side, channels, FACTOR, true, unfolded, 0);
        return unfolded;
    }

    @Benchmark
    public float[] addScaled() {
        Elementwise.addScaled(compute, y, 0, x, 0, weight, side * side, channels);
        return y;
    }

    /// A map of one channel of the picture's size, as a mask is, to the size of the stage.
    @Benchmark
    public float[] resizeMask() {
        BilinearResize.apply(compute, x, 0, 4 * side, 4 * side, 1, y, 0, side, side);
        return y;
    }
}
