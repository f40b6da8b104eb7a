package io.peregrine.bench.kernel;

import io.peregrine.kernels.Activation;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Elementwise;
import io.peregrine.kernels.Norm;
import io.peregrine.kernels.Patches;
import io.peregrine.kernels.Rope;
import io.peregrine.kernels.Softmax;
import io.peregrine.kernels.Workers;
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

/// What happens to rows between matrix products.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xms2g", "-Xmx2g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class RowBenchmark {

    private static final int HEAD_DIM = 64;
    private static final int SIDE = 336;
    private static final int PATCH = 14;

    @Param({"vector", "plain"})
    String loops = "vector";

    @Param({"1", "577"})
    int rows;

    @Param("2048")
    int dim;

    @Param("2")
    int threads;

    private Workers workers;
    private Compute compute;
    private float[] x;
    private float[] y;
    private float[] weight;
    private float[] angles;
    private float[] pixels;
    private float[] patches;

    @Setup(Level.Trial)
    public void prepare() {
        workers = new Workers(threads);
        compute = Loops.compute(workers, loops);
        x = Loops.gaussian(rows * dim, 1);
        y = Loops.gaussian(rows * dim, 2);
        weight = Loops.gaussian(dim, 3);
        angles = Loops.gaussian(rows * HEAD_DIM / 2, 4);
        pixels = Loops.gaussian(SIDE * SIDE * 3, 5);
        patches = new float[pixels.length];
    }

    @TearDown(Level.Trial)
    public void close() {
        workers.close();
    }

    @Benchmark
    public float[] rmsNorm() {
        Norm.rms(compute, weight, 1e-5f, x, 0, dim, rows, dim, y, 0, dim);
        return y;
    }

    @Benchmark
    public float[] layerNorm() {
        Norm.layer(compute, weight, weight, 1e-5f, x, 0, dim, rows, dim, y, 0, dim);
        return y;
    }

    @Benchmark
    public float[] ropeNorm() {
        Rope.NORM.apply(compute, y, 0, dim, rows, dim / HEAD_DIM, HEAD_DIM, HEAD_DIM, angles, angles);
        return y;
    }

    @Benchmark
    public float[] ropeNeox() {
        Rope.NEOX.apply(compute, y, 0, dim, rows, dim / HEAD_DIM, HEAD_DIM, HEAD_DIM, angles, angles);
        return y;
    }

    @Benchmark
    public float[] silu() {
        Activation.SILU.applyGated(compute, y, x, 0, rows * dim);
        return y;
    }

    @Benchmark
    public float[] geluErf() {
        Activation.GELU_ERF.apply(compute, y, 0, rows * dim);
        return y;
    }

    @Benchmark
    public float[] geluTanh() {
        Activation.GELU_TANH.apply(compute, y, 0, rows * dim);
        return y;
    }

    @Benchmark
    public float[] geluQuick() {
        Activation.GELU_QUICK.apply(compute, y, 0, rows * dim);
        return y;
    }

    @Benchmark
    public float[] softmax() {
        Softmax.apply(compute, y, 0, dim, rows, dim);
        return y;
    }

    @Benchmark
    public float[] add() {
        Elementwise.add(compute, y, 0, x, 0, rows * dim);
        return y;
    }

    @Benchmark
    public float[] unfoldPatches() {
        Patches.unfold(pixels, SIDE, SIDE, PATCH, true, patches, 0);
        return patches;
    }
}
