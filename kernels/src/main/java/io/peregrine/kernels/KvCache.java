package io.peregrine.kernels;

import io.peregrine.core.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Keys and values of one layer of one sequence, kept in pages that are allocated as the sequence grows.
///
/// Positions are filled without gaps from 0; they can be overwritten, and forgotten from the end or, for layers that look
/// back no further than a window, from the front. Whatever is forgotten, a position keeps its number. Used by one thread
/// at a time, together with the caches that it shares pages with ([#fork]).
public final class KvCache {

    /// Positions in a page.
    public static final int PAGE = 128;

    private final TensorType type;
    private final int kvHeads;
    private final int headDim;
    private final int capacity;
    private final List<KvPage> pages = new ArrayList<>();
    private final KeyValues keyValues = new Pages();
    private int positions;

    /// The page of the first position held.
    private int firstPage;

    /// @param type F32 or F16: how elements are kept
    /// @param capacity the largest number of positions; memory is taken page by page, as they are stored
    /// @throws IllegalArgumentException for another type, a size below 1, or heads that do not fit a page
    public KvCache(TensorType type, int kvHeads, int headDim, int capacity) {
        if (type != TensorType.F32 && type != TensorType.F16) {
            throw new IllegalArgumentException("a cache of keys and values is F32 or F16, not " + type);
        }
        Checks.positive("kvHeads", kvHeads);
        Checks.positive("headDim", headDim);
        Checks.positive("capacity", capacity);
        if (KvPage.headSize(headDim) > Integer.MAX_VALUE / kvHeads) {
            throw new IllegalArgumentException(kvHeads + " heads of " + headDim + " elements: a page of " + PAGE
                    + " positions would have more than " + Integer.MAX_VALUE + " elements");
        }
        this.type = type;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.capacity = capacity;
    }

    public TensorType type() {
        return type;
    }

    public int kvHeads() {
        return kvHeads;
    }

    public int headDim() {
        return headDim;
    }

    public int capacity() {
        return capacity;
    }

    /// Positions stored so far, those forgotten at the front included.
    public int positions() {
        return positions;
    }

    /// The first position held: 0, or more once the front was forgotten.
    public int first() {
        return firstPage * PAGE;
    }

    /// Bytes of the pages held, those shared with other caches included.
    public long bytes() {
        return pages.size() * pageBytes();
    }

    /// Bytes of the pages held that are not among those counted already, and counts them.
    ///
    /// @param counted by identity
    public long bytes(Set<Object> counted) {
        return pages.stream().filter(counted::add).count() * pageBytes();
    }

    private long pageBytes() {
        return kvHeads * KvPage.headSize(headDim) * type.blockBytes();
    }

    /// Another cache with the first positions of this one. Their pages are shared, until one of the caches stores in
    /// one, which then gets a page of its own.
    ///
    /// @throws IllegalArgumentException if there are fewer positions, or if that position is forgotten already
    public KvCache fork(int positions) {
        if (positions < 0 || positions > this.positions || positions > 0 && positions < first()) {
            throw new IllegalArgumentException("cannot fork at " + positions + " positions, there are those from "
                    + first() + " to " + this.positions);
        }
        KvCache fork = new KvCache(type, kvHeads, headDim, capacity);
        if (positions > 0) {
            fork.firstPage = firstPage;
            for (KvPage page : pages.subList(0, Math.ceilDiv(positions, PAGE) - firstPage)) {
                fork.pages.add(page.share());
            }
            fork.positions = positions;
        }
        return fork;
    }

    /// Forgets the positions from `positions` on, and gives back the pages that held nothing else.
    ///
    /// @throws IllegalArgumentException if there are fewer, or if that position is forgotten already; 0 always is right
    public void truncate(int positions) {
        if (positions < 0 || positions > this.positions) {
            throw new IllegalArgumentException(
                    "cannot truncate to " + positions + " positions, there are " + this.positions);
        }
        if (positions > 0 && positions < first()) {
            throw new IllegalArgumentException(
                    "cannot truncate to " + positions + " positions, those before " + first() + " are forgotten");
        }
        this.positions = positions;
        if (positions == 0) {
            firstPage = 0;
            pages.clear();
        } else {
            pages.subList(Math.ceilDiv(positions, PAGE) - firstPage, pages.size()).clear();
        }
    }

    /// Forgets positions before `position`, as far as they fill pages, which are given back.
    ///
    /// @throws IllegalArgumentException if there are fewer positions
    public void forget(int position) {
        if (position > positions) {
            throw new IllegalArgumentException(
                    "cannot forget " + position + " positions, there are " + positions);
        }
        int page = position / PAGE;
        if (page > firstPage) {
            pages.subList(0, page - firstPage).clear();
            firstPage = page;
        }
    }

    /// Forgets all positions and gives their memory back.
    public void clear() {
        truncate(0);
    }

    /// Stores keys and values of positions `from .. from + count`.
    ///
    /// @param from at most [#positions]
    /// @param k `[count, kvHeads, headDim]` from `kOffset`, rows `kStride` apart
    /// @param v `[count, kvHeads, headDim]` from `vOffset`, rows `vStride` apart
    /// @throws IndexOutOfBoundsException beyond the capacity
    /// @throws IllegalArgumentException if a gap would be left, positions are forgotten, or an array is too short
    public void store(
            Compute compute,
            int from,
            int count,
            float[] k,
            int kOffset,
            int kStride,
            float[] v,
            int vOffset,
            int vStride) {
        if (from < 0 || count < 0 || (long) from + count > capacity) {
            throw new IndexOutOfBoundsException(
                    count + " positions from " + from + " do not fit a cache of " + capacity + " positions");
        }
        if (from > positions) {
            throw new IllegalArgumentException(
                    "storing from position " + from + " would leave a gap, there are " + positions + " positions");
        }
        if (from < first()) {
            throw new IllegalArgumentException(
                    "storing from position " + from + ", but those before " + first() + " are forgotten");
        }
        Checks.rows("k", k.length, kOffset, kStride, count, kvHeads * headDim);
        Checks.rows("v", v.length, vOffset, vStride, count, kvHeads * headDim);
        if (count == 0) {
            return;
        }
        while (firstPage + pages.size() < Math.ceilDiv(from + count, PAGE)) {
            pages.add(new KvPage(type == TensorType.F16, kvHeads, headDim));
        }
        for (int page = from / PAGE; page <= (from + count - 1) / PAGE; page++) {
            pages.set(page - firstPage, page(page).own());
        }
        Task task = compute.kvStore;
        task.cache = this;
        task.from = from;
        task.count = count;
        task.k = k;
        task.kOffset = kOffset;
        task.kStride = kStride;
        task.v = v;
        task.vOffset = vOffset;
        task.vStride = vStride;
        int touched = (from + count - 1) / PAGE - from / PAGE + 1;
        task.start(compute, touched * kvHeads, 4L * Math.min(count, PAGE) * headDim);
        positions = Math.max(positions, from + count);
    }

    /// The keys and values as attention reads them.
    KeyValues keyValues() {
        return keyValues;
    }

    /// The page of positions `index * PAGE ..`.
    KvPage page(int index) {
        return pages.get(index - firstPage);
    }

    /// Arguments of [#store]; a row is one head of one page.
    static final class Task extends RowsTask {

        private @Nullable KvCache cache;
        private int from;
        private int count;
        private float[] k = {};
        private int kOffset;
        private int kStride;
        private float[] v = {};
        private int vOffset;
        private int vStride;

        @Override
        void rows(int from, int count, int worker) {
            KvCache into = Objects.requireNonNull(cache);
            for (int r = from; r < from + count; r++) {
                store(into, this.from / PAGE + r / into.kvHeads, r % into.kvHeads);
            }
        }

        private void store(KvCache into, int page, int head) {
            KvPage target = into.page(page);
            int end = Math.min(from + count, (page + 1) * PAGE);
            for (int p = Math.max(from, page * PAGE); p < end; p++) {
                target.store(
                        p % PAGE,
                        head,
                        k,
                        kOffset + (p - from) * kStride + head * into.headDim,
                        v,
                        vOffset + (p - from) * vStride + head * into.headDim);
            }
        }
    }

    /// The pages, a tile each.
    private final class Pages implements KeyValues {

        @Override
        public void load(int kvHead, int tile, int from, int to, float[] m, int keys, int values) {
            KvPage page = page(tile);
            int first = from / KvPage.PANEL * KvPage.PANEL;
            int whole = Math.ceilDiv(to, KvPage.PANEL) * KvPage.PANEL;
            int row = first * headDim;
            page.readKeys(kvHead, page.keysAt(kvHead) + row, (whole - first) * headDim, 1, m, keys + row);
            for (int d = 0; d < headDim; d += KvPage.PANEL) {
                int panel = d * TILE + first * KvPage.PANEL;
                int count = (whole - first) * KvPage.PANEL;
                page.readValues(kvHead, page.valuesAt(kvHead) + panel, count, 1, m, values + panel);
            }
        }

        @Override
        public void copy(int kvHead, int from, int to, float[] m, int keys, int values) {
            for (int p = from; p < to; p++) {
                KvPage page = page(p / PAGE);
                int row = (p - from) * headDim;
                for (int i = 0; i < headDim; i++) {
                    m[keys + row + i] = page.key(p % PAGE, kvHead, i);
                    m[values + row + i] = page.value(p % PAGE, kvHead, i);
                }
            }
        }
    }
}
