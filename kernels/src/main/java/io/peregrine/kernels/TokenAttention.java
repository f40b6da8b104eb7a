package io.peregrine.kernels;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.vector.Panels;
import io.peregrine.kernels.vector.VectorSoftmax;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Attention of few queries, one by one: what reads the cache once per token while text is generated.
///
/// A task is one head of keys and values, all the query heads that share it, and [#SPAN] positions. Longer sequences
/// are cut at multiples of [#SPAN], whatever the number of threads; the parts are added up from front to back.
final class TokenAttention implements Workers.Task {

    /// Positions of a task: a whole number of pages.
    static final int SPAN = 8 * KvCache.PAGE;

    /// Multiplications that pay for more than one thread.
    private static final long PARALLEL = 1 << 17;

    private static final int PAGE = KvCache.PAGE;
    private static final int PANEL = KvPage.PANEL;

    private static final double LOG2_E = 1 / Math.log(2);

    private final Compute compute;
    private @Nullable KvCache cache;
    private float scale;
    private float[] q = {};
    private int qOffset;
    private int qStride;
    private int rows;
    private int heads;
    private int[] from = {};
    private int[] to = {};
    private float[] out = {};
    private int outOffset;
    private int outStride;

    private int firstSpan;
    private int spans;
    private float[] parts = {};

    TokenAttention(Compute compute) {
        this.compute = compute;
    }

    /// Runs [io.peregrine.kernels.Attention#cached] with checked arguments.
    void start(
            KvCache cache,
            float scale,
            float[] q,
            int qOffset,
            int qStride,
            int rows,
            int heads,
            int[] from,
            int[] to,
            float[] out,
            int outOffset,
            int outStride) {
        this.cache = cache;
        this.scale = scale;
        this.q = q;
        this.qOffset = qOffset;
        this.qStride = qStride;
        this.rows = rows;
        this.heads = heads;
        this.from = from;
        this.to = to;
        this.out = out;
        this.outOffset = outOffset;
        this.outStride = outStride;
        int first = Integer.MAX_VALUE;
        int last = 0;
        long work = 0;
        for (int r = 0; r < rows; r++) {
            first = Math.min(first, from[r]);
            last = Math.max(last, to[r] - 1);
            work += (long) (to[r] - from[r]) * heads * cache.headDim();
        }
        firstSpan = first / SPAN;
        spans = last / SPAN - firstSpan + 1;
        parts = compute.shared(Math.multiplyExact(Math.multiplyExact(rows * heads, spans), partSize()));
        int tasks = rows * cache.kvHeads() * spans;
        if (work < PARALLEL) {
            for (int i = 0; i < tasks; i++) {
                run(i, 0);
            }
        } else {
            compute.workers().run(tasks, this);
        }
        for (int r = 0; r < rows; r++) {
            for (int h = 0; h < heads; h++) {
                join(r, h);
            }
        }
    }

    /// Elements of a part: the weighted sum of values, the largest score, the sum of weights.
    private int partSize() {
        return KvPage.padded(cache().headDim()) + 2;
    }

    private int part(int row, int head, int span) {
        return ((row * heads + head) * spans + span) * partSize();
    }

    private KvCache cache() {
        return Objects.requireNonNull(cache);
    }

    @Override
    public void run(int index, int worker) {
        KvCache cache = cache();
        int span = index % spans;
        int kvHead = index / spans % cache.kvHeads();
        int row = index / spans / cache.kvHeads();
        int start = (firstSpan + span) * SPAN;
        int lo = Math.max(from[row] - start, 0);
        int hi = Math.min(to[row] - start, SPAN);
        int group = heads / cache.kvHeads();
        if (lo >= hi) {
            for (int g = 0; g < group; g++) {
                int part = part(row, kvHead * group + g, span);
                Arrays.fill(parts, part, part + partSize(), 0);
                parts[part + partSize() - 2] = Float.NEGATIVE_INFINITY;
            }
            return;
        }
        int headDim = cache.headDim();
        int queries = 0;
        int scores = queries + group * headDim;
        int fold = scores + group * SPAN;
        int panel = fold + VectorSoftmax.SCRATCH;
        float[] m = compute.scratch(worker, panel + PANEL * Math.max(headDim, PAGE));
        float factor = (float) (scale * LOG2_E);
        int in = qOffset + row * qStride + kvHead * group * headDim;
        for (int i = 0; i < group * headDim; i++) {
            m[queries + i] = q[in + i] * factor;
        }
        scores(cache, kvHead, group, start / PAGE, lo, hi, m, queries, scores, panel);
        int aligned = lo / PANEL * PANEL;
        int count = Math.ceilDiv(hi, PANEL) * PANEL - aligned;
        for (int g = 0; g < group; g++) {
            int at = scores + g * SPAN;
            Arrays.fill(m, at + aligned, at + lo, Float.NEGATIVE_INFINITY);
            Arrays.fill(m, at + hi, at + aligned + count, Float.NEGATIVE_INFINITY);
            float max = VectorSoftmax.max(m, at + aligned, count, m, fold);
            float sum = VectorSoftmax.exponentials(m, at + aligned, count, max, 1, m, fold);
            int part = part(row, kvHead * group + g, span);
            Arrays.fill(parts, part, part + partSize(), 0);
            parts[part + partSize() - 2] = max;
            parts[part + partSize() - 1] = sum;
        }
        int part = part(row, kvHead * group, span);
        values(cache, kvHead, group, start / PAGE, lo, hi, m, scores, panel, part);
    }

    /// Scores of positions `lo .. hi` of a span, and of their neighbours up to whole panels.
    private void scores(
            KvCache cache,
            int kvHead,
            int group,
            int firstPage,
            int lo,
            int hi,
            float[] m,
            int queries,
            int scores,
            int panel) {
        int headDim = cache.headDim();
        for (int g = 0; g < group; g++) {
            Arrays.fill(m, scores + g * SPAN + lo / PANEL * PANEL, scores + g * SPAN + Math.ceilDiv(hi, PANEL) * PANEL, 0);
        }
        for (int p = lo / PANEL * PANEL; p < hi; p += PANEL) {
            KvPage page = cache.page(firstPage + p / PAGE);
            int at = page.keysAt(kvHead) + p % PAGE * headDim;
            float[] a = page.floats();
            if (cache.type() == TensorType.F16) {
                page.read(at, PANEL * headDim, m, panel);
                a = m;
                at = panel;
            }
            multiply(a, at, headDim, m, queries, headDim, group, m, scores + p, SPAN);
        }
    }

    /// Adds the weighted values of positions `lo .. hi` to the parts of the group.
    private void values(
            KvCache cache,
            int kvHead,
            int group,
            int firstPage,
            int lo,
            int hi,
            float[] m,
            int weights,
            int panel,
            int part) {
        for (int p = lo / PAGE * PAGE; p < hi; p += PAGE) {
            KvPage page = cache.page(firstPage + p / PAGE);
            int first = Math.max(lo - p, 0);
            int count = Math.min(hi - p, PAGE) - first;
            for (int d = 0; d < cache.headDim(); d += PANEL) {
                int at = page.valuesAt(kvHead) + (d / PANEL * PAGE + first) * PANEL;
                float[] a = page.floats();
                if (cache.type() == TensorType.F16) {
                    page.read(at, PANEL * count, m, panel);
                    a = m;
                    at = panel;
                }
                multiply(a, at, count, m, weights + p + first, SPAN, group, parts, part + d, spans * partSize());
            }
        }
    }

    private static void multiply(
            float[] panel,
            int at,
            int depth,
            float[] x,
            int xOffset,
            int xStride,
            int vectors,
            float[] y,
            int yOffset,
            int yStride) {
        int i = 0;
        for (; i <= vectors - 4; i += 4) {
            Panels.multiplyFour(
                    panel, at, depth, x, xOffset + i * xStride, xStride, y, yOffset + i * yStride, yStride);
        }
        for (; i < vectors; i++) {
            Panels.multiply(panel, at, depth, x, xOffset + i * xStride, y, yOffset + i * yStride);
        }
    }

    /// Adds up the parts of one head and divides by the sum of weights.
    private void join(int row, int head) {
        int headDim = cache().headDim();
        int size = partSize();
        int first = part(row, head, 0);
        float max = Float.NEGATIVE_INFINITY;
        for (int s = 0; s < spans; s++) {
            max = Math.max(max, parts[first + s * size + size - 2]);
        }
        int at = outOffset + row * outStride + head * headDim;
        Arrays.fill(out, at, at + headDim, 0);
        double sum = 0;
        for (int s = 0; s < spans; s++) {
            int part = first + s * size;
            float factor = (float) Math.exp((parts[part + size - 2] - (double) max) / LOG2_E);
            sum += factor * parts[part + size - 1];
            for (int i = 0; i < headDim; i++) {
                out[at + i] += factor * parts[part + i];
            }
        }
        float inverse = (float) (1 / sum);
        for (int i = 0; i < headDim; i++) {
            out[at + i] *= inverse;
        }
    }
}
