package io.peregrine.bench;

import com.sun.management.ThreadMXBean;
import io.peregrine.bench.synthetic.RandomWeights;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.MachineLimits;
import io.peregrine.kernels.MatMul;
import io.peregrine.kernels.Matrix;
import io.peregrine.kernels.Workers;
import io.peregrine.kernels.format.BlockFormat;
import io.peregrine.kernels.format.Formats;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/// One start of a sweep: all that is measured in one process.
///
/// First every format is multiplied with for a moment, so that no loop is compiled for one format alone. Then
/// the kinds come in a random order, and the cases of each; the machine's limits are measured between the
/// kinds, and the larger of those before and behind count.
final class SweepStart {

    /// Formats that random blocks are not made for.
    private static final List<String> NO_RECIPE = List.of("IQ1_M", "NVFP4");

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long FORMAT_NANOS = 80_000_000;
    private static final long WARM_NANOS = 600_000_000;
    private static final int WARM_CALLS = 2;
    private static final long REPEAT_NANOS = 300_000_000;
    private static final int REPEATS = 3;

    private final Workers workers;
    private final Compute compute;
    private final Random random;

    SweepStart(Workers workers, boolean exact, long seed) {
        this.workers = workers;
        this.compute = new Compute(workers, exact);
        this.random = new Random(seed);
    }

    /// @param alone leave out the moment with every format
    void run(List<SweepCase> cases, boolean alone, Consumer<SweepResult> results) {
        Map<String, List<SweepCase>> groups = new LinkedHashMap<>();
        List<SweepCase> shuffled = new ArrayList<>(cases);
        Collections.shuffle(shuffled, random);
        shuffled.forEach(
                c -> groups.computeIfAbsent(c.kind(), kind -> new ArrayList<>()).add(c));
        if (!alone) {
            warmAllFormats();
        }
        MachineLimits before = MachineLimits.measure(workers);
        for (List<SweepCase> group : groups.values()) {
            List<SweepResult> measured = new ArrayList<>();
            for (SweepCase chosen : group) {
                measured.add(measure(chosen));
            }
            MachineLimits after = MachineLimits.measure(workers);
            MachineLimits limits = before.max(after);
            measured.forEach(result -> results.accept(result.within(limits)));
            before = after;
        }
    }

    private void warmAllFormats() {
        int columns = 512;
        int rows = 64;
        float[] x = ProductKernel.gaussian(16 * columns);
        float[] y = new float[16 * rows];
        List<BlockFormat> formats = new ArrayList<>(Formats.all());
        formats.removeIf(format -> NO_RECIPE.contains(format.toString()));
        Collections.shuffle(formats, random);
        try (Arena arena = Arena.ofShared()) {
            for (BlockFormat format : formats) {
                Matrix w = RandomWeights.matrix(format.type(), rows, columns, 1, arena);
                for (int tokens = 1; tokens <= 16; tokens += 15) {
                    long start = System.nanoTime();
                    while (System.nanoTime() - start < FORMAT_NANOS) {
                        MatMul.apply(compute, w, null, x, 0, columns, tokens, y, 0, rows);
                    }
                }
            }
        }
    }

    private SweepResult measure(SweepCase chosen) {
        try (SweepKernel kernel = SweepKernel.of(chosen, compute)) {
            long begin = System.nanoTime();
            for (int i = 0; i < WARM_CALLS || System.nanoTime() - begin < WARM_NANOS; i++) {
                kernel.call();
            }
            double[] speeds = new double[REPEATS];
            long allocated = Long.MAX_VALUE;
            OtherLoad load = OtherLoad.now();
            for (int i = 0; i < REPEATS; i++) {
                long bytes = THREADS.getTotalThreadAllocatedBytes();
                long start = System.nanoTime();
                long seconds = 0;
                int calls = 0;
                while (seconds < REPEAT_NANOS) {
                    kernel.call();
                    calls++;
                    seconds = System.nanoTime() - start;
                }
                allocated = Math.min(allocated, (THREADS.getTotalThreadAllocatedBytes() - bytes) / calls);
                speeds[i] = kernel.work() * calls / (seconds * 1e-9);
            }
            double others = load.share();
            checkFinite(chosen, kernel.result());
            Arrays.sort(speeds);
            return new SweepResult(chosen, kernel.readsMemory(), speeds[REPEATS / 2], allocated, others, 0, 0);
        }
    }

    private static void checkFinite(SweepCase chosen, float[] result) {
        for (float value : result) {
            if (!Float.isFinite(value)) {
                throw new IllegalStateException(chosen + " gave " + value);
            }
        }
    }
}
