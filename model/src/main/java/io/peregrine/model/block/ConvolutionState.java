package io.peregrine.model.block;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a causal convolution remembers of a sequence: its inputs of the last rows, as many as the next row
/// sees.
///
/// The inputs of all rows would be more than the keys and values of a layer that attends. It can go back to
/// multiples of [#INTERVAL] rows, to where the last pass began, and in front of the last row of the last pass
/// of several rows: from there a prompt is read again whose answer is not wanted, or goes on in other tokens
/// than it was given in.
final class ConvolutionState implements LayerState {

    /// Rows from one place to go back to to the next.
    static final int INTERVAL = 128;

    /// Beside the regular ones.
    private static final int PLACES = 3;

    /// Elements of the inputs of a place: rows that the next one sees, times their width.
    private final int elements;

    private final int width;

    private Place now;
    private Place start;

    /// In front of the last row of the last pass of several rows.
    private final Place prompt;

    /// The inputs at each multiple of the interval, from the first.
    private final List<float[]> every = new ArrayList<>();

    /// The inputs of the rows in front of a place.
    private static final class Place {
        private final float[] inputs;
        private int length;

        Place(int elements) {
            inputs = new float[elements];
        }

        void set(int at, float[] from, int offset) {
            length = at;
            System.arraycopy(from, offset, inputs, 0, inputs.length);
        }
    }

    /// @param seen rows before its own that a row sees
    /// @param width of a row
    ConvolutionState(int seen, int width) {
        this.width = width;
        elements = Math.multiplyExact(seen, width);
        now = new Place(elements);
        start = new Place(elements);
        prompt = new Place(elements);
    }

    /// Bytes of heap of a sequence of so many rows.
    static long bytes(int rows, int seen, int width) {
        return Math.multiplyExact(PLACES + rows / INTERVAL, (long) Float.BYTES * seen * width);
    }

    /// Copies the inputs that the first of some new rows sees.
    ///
    /// @param slot of that row: rows that are stored from there on, by a pass that was given up, are
    ///     forgotten
    /// @param inputs gets `[seen, width]`
    void begin(int slot, float[] inputs) {
        truncate(slot);
        System.arraycopy(now.inputs, 0, inputs, 0, elements);
    }

    /// Remembers rows behind those stored.
    ///
    /// @param inputs `[seen + rows, width]`, of which the first were there before
    void store(float[] inputs, int rows) {
        int first = now.length;
        int end = first + rows;
        Place old = start;
        start = now;
        now = old;
        now.set(end, inputs, rows * width);
        if (rows > 1) {
            prompt.set(end - 1, inputs, (rows - 1) * width);
        }
        for (int at = (first / INTERVAL + 1) * INTERVAL; at <= end; at += INTERVAL) {
            int offset = (at - first) * width;
            every.add(Arrays.copyOfRange(inputs, offset, offset + elements));
        }
    }

    @Override
    public int restorable(int length) {
        int best = length / INTERVAL * INTERVAL;
        for (Place place : new Place[] {now, start, prompt}) {
            if (place.length <= length) {
                best = Math.max(best, place.length);
            }
        }
        return best;
    }

    @Override
    public void truncate(int length) {
        if (length == now.length) {
            return;
        }
        float[] inputs = inputs(length);
        if (length > now.length || inputs == null) {
            throw new IllegalArgumentException("length " + length + " of " + now.length);
        }
        now.set(length, inputs, 0);
        forget(start);
        forget(prompt);
        every.subList(length / INTERVAL, every.size()).clear();
    }

    @Override
    public ConvolutionState fork(int length) {
        float[] inputs = length == now.length ? now.inputs : inputs(length);
        if (inputs == null) {
            throw new IllegalArgumentException("length " + length + " of " + now.length);
        }
        ConvolutionState fork = new ConvolutionState(elements / width, width);
        fork.now.set(length, inputs, 0);
        fork.every.addAll(every.subList(0, length / INTERVAL));
        return fork;
    }

    @Override
    public long bytes(Set<Object> counted) {
        long places = every.stream().filter(counted::add).count();
        return (PLACES + places) * Float.BYTES * elements;
    }

    /// The inputs in front of a length, or null if they are forgotten.
    private float @Nullable [] inputs(int length) {
        if (length == start.length) {
            return start.inputs;
        }
        if (length == prompt.length) {
            return prompt.inputs;
        }
        if (length % INTERVAL != 0 || length / INTERVAL > every.size()) {
            return null;
        }
        return length == 0 ? new float[elements] : every.get(length / INTERVAL - 1);
    }

    /// Makes a place behind the sequence the beginning of it, which is always known.
    private void forget(Place place) {
        if (place.length > now.length) {
            Arrays.fill(place.inputs, 0);
            place.length = 0;
        }
    }
}
