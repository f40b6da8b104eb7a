package io.peregrine.bench.kernel;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Attention;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.KvCache;
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

/// Attention of the newest token over a long cache, of a whole prompt, and of an image; storing a prompt.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xms2g", "-Xmx2g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class AttentionBenchmark {

    private static final int HEADS = 16;

    @Param({"vector", "plain"})
    String loops = "vector";

    @Param({"64", "80", "128"})
    int headDim;

    /// Heads of keys and values, of [#HEADS] query heads.
    @Param({"4", "16"})
    int kvHeads;

    @Param({"577", "4096"})
    int positions;

    @Param({"F16", "F32"})
    TensorType cache = TensorType.F16;

    @Param("2")
    int threads;

    private Workers workers;
    private Compute compute;
    private KvCache keysAndValues;
    private float[] q;
    private float[] kv;
    private float[] out;
    private int[] from;
    private int[] to;
    private int stride;

    @Setup(Level.Trial)
    public void prepare() {
        workers = new Workers(threads);
        compute = Loops.compute(workers, loops);
        stride = HEADS * headDim;
        q = Loops.gaussian(positions * stride, 1);
        kv = Loops.gaussian(positions * kvHeads * headDim, 2);
        out = new float[positions * stride];
        keysAndValues = new KvCache(cache, kvHeads, headDim, positions);
        keysAndValues.store(compute, 0, positions, kv, 0, kvHeads * headDim, kv, 0, kvHeads * headDim);
        from = new int[positions];
        to = new int[positions];
        for (int i = 0; i < positions; i++) {
            to[i] = i + 1;
        }
        token();
        float[] found = java.util.Arrays.copyOf(out, stride);
        compute = Loops.compute(workers, "plain");
        token();
        Loops.checkEqual(java.util.Arrays.copyOf(out, stride), found, 1e-3);
        compute = Loops.compute(workers, loops);
    }

    @TearDown(Level.Trial)
    public void close() {
        workers.close();
    }

    @Benchmark
    public KvCache store() {
        int kvStride = kvHeads * headDim;
        keysAndValues.store(compute, 0, positions, kv, 0, kvStride, kv, 0, kvStride);
        return keysAndValues;
    }

    @Benchmark
    public float[] token() {
        int[] first = {0};
        int[] end = {positions};
        Attention.cached(compute, keysAndValues, 0.125f, q, 0, stride, 1, HEADS, first, end, out, 0, stride);
        return out;
    }

    @Benchmark
    public float[] prompt() {
        Attention.cached(compute, keysAndValues, 0.125f, q, 0, stride, positions, HEADS, from, to, out, 0, stride);
        return out;
    }

    @Benchmark
    public float[] image() {
        int kvStride = kvHeads * headDim;
        Attention.full(
                compute, 0.125f, HEADS, kvHeads, headDim, q, 0, stride, positions, kv, 0, kvStride, kv, 0, kvStride,
                positions, out, 0, stride);
        return out;
    }
}
