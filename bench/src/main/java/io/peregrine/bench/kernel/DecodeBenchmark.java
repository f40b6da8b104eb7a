package io.peregrine.bench.kernel;

import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.BlockFormat;
import io.peregrine.kernels.format.Formats;
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

/// Stored blocks to floats, every format: what a panel of weights costs before its products.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xms1g", "-Xmx1g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class DecodeBenchmark {

    private static final int ELEMENTS = 64 * 1024;

    @Param({
        "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL",
        "IQ4_XS", "MXFP4", "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "TQ1_0", "TQ2_0", "NVFP4",
        "Q1_0", "Q2_0"
    })
    TensorType format = TensorType.F32;

    private final Arena arena = Arena.ofShared();
    private final float[] out = new float[ELEMENTS];
    private BlockFormat decoder;
    private Tensor weights;

    @Setup(Level.Trial)
    public void prepare() {
        for (BlockFormat other : Formats.all()) {
            Tensor blocks = Loops.matrix(other.type(), 1, 4096, 2, arena).tensor();
            for (int i = 0; i < 100; i++) {
                other.decode(blocks.data(), 0, 4096, out, 0);
            }
        }
        decoder = Formats.of(format);
        weights = Loops.matrix(format, 1, ELEMENTS, 1, arena).tensor();
        plain();
        float[] expected = out.clone();
        vector();
        Loops.checkEqual(expected, out, 0);
    }

    @TearDown(Level.Trial)
    public void close() {
        arena.close();
    }

    @Benchmark
    public float[] vector() {
        decoder.decode(weights.data(), 0, ELEMENTS, out, 0);
        return out;
    }

    @Benchmark
    public float[] plain() {
        decoder.decodePlainly(weights.data(), 0, ELEMENTS, out, 0);
        return out;
    }
}
