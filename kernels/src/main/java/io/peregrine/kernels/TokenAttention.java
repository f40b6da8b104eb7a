package io.peregrine.kernels;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.vector.HalfPanels;
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

    /// What 1 is in a page of F16, read as the bits of floats.
    private static final float KEY_UNIT = 0x1p-112f * KvPage.KEY_SCALE;

    private static final float VALUE_UNIT = 0x1p-112f * KvPage.VALUE_SCALE;

    /// A query below it can be divided by [#KEY_UNIT].
    private static final float LARGEST_QUERY = 0x1p20f;

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

    private boolean paired;
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
        this.paired = cache.type() == TensorType.F16 && cache.headDim() % HalfPanels.ROWS == 0;
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
        return cache().headDim() + 2;
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
        int fours = Math.ceilDiv(group, 4) * 4;
        int queries = 0;
        int output = queries + fours * headDim;
        int scores = output + fours * KvPage.padded(headDim);
        int fold = scores + fours * SPAN;
        int panel = fold + VectorSoftmax.SCRATCH;
        float[] m = compute.scratch(worker, panel + PANEL * Math.max(headDim, PAGE));
        Arrays.fill(m, queries, fold, 0);
        float keyUnit = queries(qOffset + row * qStride + kvHead * group * headDim, group * headDim, m, queries);
        scores(cache, kvHead, group, start / PAGE, lo, hi, keyUnit, m, queries, scores, panel);
        int aligned = lo / PANEL * PANEL;
        int count = Math.ceilDiv(hi, PANEL) * PANEL - aligned;
        for (int g = 0; g < group; g++) {
            int at = scores + g * SPAN;
            Arrays.fill(m, at + aligned, at + lo, Float.NEGATIVE_INFINITY);
            Arrays.fill(m, at + hi, at + aligned + count, Float.NEGATIVE_INFINITY);
            float max = VectorSoftmax.max(m, at + aligned, count, m, fold);
            float sum = VectorSoftmax.exponentials(m, at + aligned, count, max, 1, 1 / valueUnit(), m, fold);
            int part = part(row, kvHead * group + g, span);
            parts[part + partSize() - 2] = max;
            parts[part + partSize() - 1] = sum;
        }
        values(cache, kvHead, group, start / PAGE, lo, hi, m, scores, panel, output);
        for (int g = 0; g < group; g++) {
            int part = part(row, kvHead * group + g, span);
            System.arraycopy(m, output + g * KvPage.padded(headDim), parts, part, headDim);
        }
    }

    /// Scales queries so that their scores are exponents of two, in units in which keys of F16 can be multiplied as
    /// they are kept, unless that is too large for a float.
    ///
    /// @return the unit of keys
    private float queries(int in, int count, float[] m, int queries) {
        float factor = (float) (scale * LOG2_E);
        boolean small = true;
        for (int i = 0; i < count; i++) {
            float x = q[in + i] * factor;
            m[queries + i] = x;
            small &= Math.abs(x) < LARGEST_QUERY;
        }
        if (!paired || !small) {
            return 1;
        }
        for (int i = 0; i < count; i++) {
            m[queries + i] *= 1 / KEY_UNIT;
        }
        return KEY_UNIT;
    }

    private float valueUnit() {
        return paired ? VALUE_UNIT : 1;
    }

    /// Scores of positions `lo .. hi` of a span, and of their neighbours up to whole panels.
    private void scores(
            KvCache cache,
            int kvHead,
            int group,
            int firstPage,
            int lo,
            int hi,
            float keyUnit,
            float[] m,
            int queries,
            int scores,
            int panel) {
        int headDim = cache.headDim();
        for (int p = lo / PANEL * PANEL; p < hi; p += PANEL) {
            KvPage page = cache.page(firstPage + p / PAGE);
            int at = page.keysAt(kvHead) + p % PAGE * headDim;
            if (cache.type() == TensorType.F32) {
                multiply(page.floats(), at, headDim, m, queries, headDim, group, scores + p, SPAN);
            } else if (keyUnit == KEY_UNIT && !page.plain(kvHead)) {
                multiply(page.halves(), at, headDim, m, queries, headDim, group, scores + p, SPAN);
            } else {
                page.readKeys(kvHead, at, PANEL * headDim, keyUnit, m, panel);
                multiply(m, panel, headDim, m, queries, headDim, group, scores + p, SPAN);
            }
        }
    }

    /// Adds the weighted values of positions `lo .. hi` to the outputs of the group.
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
            int output) {
        int headDim = cache.headDim();
        int padded = KvPage.padded(headDim);
        for (int p = lo / PAGE * PAGE; p < hi; p += PAGE) {
            KvPage page = cache.page(firstPage + p / PAGE);
            int first = Math.max(lo - p, 0);
            int end = Math.min(hi - p, PAGE);
            int whole = Math.ceilDiv(end, PANEL) * PANEL;
            int panels = first / PANEL * PANEL;
            for (int d = 0; d < headDim; d += PANEL) {
                int at = page.valuesAt(kvHead) + d * PAGE;
                int y = output + d;
                if (cache.type() == TensorType.F32) {
                    int row = at + first * PANEL;
                    multiply(page.floats(), row, end - first, m, weights + p + first, SPAN, group, y, padded);
                } else if (paired && !page.plain(kvHead)) {
                    // Numbers that are not to be seen are finite here, and their weights are 0.
                    int row = at + panels * PANEL;
                    multiply(page.halves(), row, whole - panels, m, weights + p + panels, SPAN, group, y, padded);
                } else {
                    int row = at + panels * PANEL;
                    page.readValues(kvHead, row, (whole - panels) * PANEL, valueUnit(), m, panel);
                    row = panel + (first - panels) * PANEL;
                    multiply(m, row, end - first, m, weights + p + first, SPAN, group, y, padded);
                }
            }
        }
    }

    /// Multiplies a panel with the vectors of a group, four at a time; the last four may be fewer, beside zeros.
    private static void multiply(
            float[] panel,
            int at,
            int depth,
            float[] m,
            int x,
            int xStride,
            int vectors,
            int y,
            int yStride) {
        int i = 0;
        for (; vectors - i > 2; i += 4) {
            Panels.multiplyFour(panel, at, depth, m, x + i * xStride, xStride, m, y + i * yStride, yStride);
        }
        for (; i < vectors; i++) {
            Panels.multiply(panel, at, depth, m, x + i * xStride, m, y + i * yStride);
        }
    }

    /// The same with a panel of F16.
    private static void multiply(
            short[] panel,
            int at,
            int depth,
            float[] m,
            int x,
            int xStride,
            int vectors,
            int y,
            int yStride) {
        int i = 0;
        for (; vectors - i > 2; i += 4) {
            HalfPanels.multiplyFour(panel, at, depth, m, x + i * xStride, xStride, m, y + i * yStride, yStride);
        }
        for (; i < vectors; i++) {
            HalfPanels.multiply(panel, at, depth, m, x + i * xStride, m, y + i * yStride);
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
