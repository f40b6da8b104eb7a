package io.peregrine.model.block;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rows that go through a decoder together: tokens and image embeddings, of one sequence or of several.
///
/// Each sequence contributes one span of rows, which continue it. A row has a slot in its sequence and one
/// position per axis (text models have one axis). Filled again for every pass; used by one thread at a time.
public final class Batch {

    /// Instead of a token id: the row is an embedding.
    public static final int EMBEDDING = -1;

    private final List<Span> spans = new ArrayList<>();
    private int spanCount;
    private int rows;
    private int[] tokens = new int[1];
    private final int[][] positions;
    private @Nullable Rows[] sources = new @Nullable Rows[1];
    private int[] sourceRows = new int[1];

    /// @param axes positions per row
    public Batch(int axes) {
        this.positions = new int[axes][1];
    }

    public void clear() {
        Arrays.fill(sources, 0, rows, null);
        rows = 0;
        spanCount = 0;
    }

    /// Begins the span of a sequence: the rows added from now on continue it.
    public void begin(SequenceState state) {
        if (spanCount == spans.size()) {
            spans.add(new Span());
        }
        spans.get(spanCount++).begin(state, rows);
    }

    /// Adds a token, which sees everything before it.
    ///
    /// @param position on every axis
    public void addToken(int token, int position) {
        int row = add(position, 0);
        tokens[row] = token;
    }

    /// Adds a row of an image embedding, which sees everything before it.
    ///
    /// @param source stays as it is until the pass is over
    /// @param position on every axis
    public void addEmbedding(Rows source, int sourceRow, int position) {
        addEmbedding(source, sourceRow, position, 0);
    }

    /// Adds a row of an image embedding, which also sees the rows that follow it.
    ///
    /// @param following so many, which must be in the same batch
    public void addEmbedding(Rows source, int sourceRow, int position, int following) {
        int row = add(position, following);
        tokens[row] = EMBEDDING;
        sources[row] = source;
        sourceRows[row] = sourceRow;
    }

    /// Gives the last row that was added another position on one axis.
    public void place(int axis, int position) {
        positions[axis][rows - 1] = position;
    }

    private int add(int position, int following) {
        int row = rows++;
        if (row == tokens.length) {
            int size = row * 2;
            tokens = Arrays.copyOf(tokens, size);
            for (int axis = 0; axis < positions.length; axis++) {
                positions[axis] = Arrays.copyOf(positions[axis], size);
            }
            sources = Arrays.copyOf(sources, size);
            sourceRows = Arrays.copyOf(sourceRows, size);
        }
        for (int[] axis : positions) {
            axis[row] = position;
        }
        spans.get(spanCount - 1).add(following);
        return row;
    }

    public int rows() {
        return rows;
    }

    /// The token of a row, or [#EMBEDDING].
    public int token(int row) {
        return tokens[row];
    }

    /// The positions of all rows on one axis: `[rows]`, maybe longer.
    public int[] positions(int axis) {
        return positions[axis];
    }

    /// The positions of all rows: `[axes, rows]`, maybe longer.
    public int[][] positions() {
        return positions;
    }

    /// Copies a part of the embedding of a row that is no token.
    ///
    /// @param from the first element
    public void embedding(int row, int from, float[] out, int offset, int count) {
        Rows source = sources[row];
        if (source == null) {
            throw new IllegalStateException("row " + row + " is a token");
        }
        System.arraycopy(source.data(), source.offset(sourceRows[row]) + from, out, offset, count);
    }

    public int spans() {
        return spanCount;
    }

    public Span span(int index) {
        return spans.get(index);
    }

    /// Tells every sequence that its rows are stored in all layers.
    public void commit() {
        for (int i = 0; i < spanCount; i++) {
            spans.get(i).state().advance(spans.get(i).rows);
        }
    }

    /// The rows of one sequence, consecutive in the batch and in the sequence.
    public static final class Span {

        private @Nullable SequenceState state;
        private int firstRow;
        private int firstSlot;
        private int rows;
        private int[] from = new int[1];
        private int[] to = new int[1];

        private void begin(SequenceState sequence, int row) {
            state = sequence;
            firstRow = row;
            firstSlot = sequence.length();
            rows = 0;
        }

        private void add(int following) {
            if (rows == to.length) {
                from = Arrays.copyOf(from, rows * 2);
                to = Arrays.copyOf(to, rows * 2);
            }
            to[rows] = firstSlot + rows + 1 + following;
            rows++;
        }

        public SequenceState state() {
            if (state == null) {
                throw new IllegalStateException("span without a sequence");
            }
            return state;
        }

        /// Index in the batch.
        public int firstRow() {
            return firstRow;
        }

        /// Index in the sequence.
        public int firstSlot() {
            return firstSlot;
        }

        public int rows() {
            return rows;
        }

        /// First slot that each row sees: `[rows]`, maybe longer; valid until the next call.
        ///
        /// @param window slots that a row sees at most, up to its own
        public int[] from(int window) {
            for (int row = 0; row < rows; row++) {
                from[row] = Math.max(0, firstSlot + row + 1 - window);
            }
            return from;
        }

        /// Slot after the last one that each row sees: `[rows]`, maybe longer.
        public int[] to() {
            return to;
        }
    }
}
