package io.peregrine.bench.kernel;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.MatMul;
import io.peregrine.kernels.Matrix;
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

/// A weight matrix times rows of activations: one token (decoding) and many (prompts, images).
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xms2g", "-Xmx2g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class MatMulBenchmark {

    @Param({
        "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL",
        "IQ4_XS", "MXFP4", "IQ2_XXS", "TQ1_0"
    })
    TensorType format = TensorType.F32;

    @Param({"vector", "plain"})
    String loops = "vector";

    /// Rows by columns.
    @Param({"2048x2048", "1024x4096"})
    String shape = "2048x2048";

    /// 1 is decoding; 577 is an image of CLIP-L/336.
    @Param({"1", "64", "577"})
    int tokens;

    @Param("2")
    int threads;

    private final Arena arena = Arena.ofShared();
    private Workers workers;
    private Compute compute;
    private Matrix w;
    private int columns;
    private int rows;
    private float[] x;
    private float[] y;

    @Setup(Level.Trial)
    public void prepare() {
        rows = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        columns = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        workers = new Workers(threads);
        compute = Loops.compute(workers, loops);
        w = Loops.matrix(format, rows, columns, 1, arena);
        x = Loops.gaussian(tokens * columns, 2);
        y = new float[tokens * rows];
        Loops.warmAllFormats(compute, arena, tokens == 1 ? 1 : 16);
        float[] expected = new float[y.length];
        MatMul.apply(Loops.compute(workers, "plain"), w, null, x, 0, columns, tokens, expected, 0, rows);
        MatMul.apply(compute, w, null, x, 0, columns, tokens, y, 0, rows);
        Loops.checkEqual(expected, y, 1e-4);
    }

    @TearDown(Level.Trial)
    public void close() {
        workers.close();
        arena.close();
    }

    @Benchmark
    public float[] multiply() {
        MatMul.apply(compute, w, null, x, 0, columns, tokens, y, 0, rows);
        return y;
    }
}
