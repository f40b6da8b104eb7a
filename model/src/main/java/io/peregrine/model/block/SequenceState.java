package io.peregrine.model.block;

import java.util.List;
import java.util.Set;

/// What a decoder remembers of one sequence: keys and values of its rows, or what else its layers keep.
///
/// Rows occupy consecutive slots from 0. A row's slot is its place in the sequence; its position, which the
/// rotary embedding sees, may differ (rows of an image can share positions). Belongs to one session, or to one request of a scheduler.
public final class SequenceState {

    /// Rows of a prompt that are computed together: results do not depend on it, but layers that forget keep as many
    /// rows as this beyond what they need.
    public static final int CHUNK = 512;

    private final List<LayerState> layers;
    private final int capacity;
    private int length;
    private int variant;

    /// @param layers without rows
    /// @param capacity the largest number of rows
    public SequenceState(List<LayerState> layers, int capacity) {
        this.layers = List.copyOf(layers);
        this.capacity = capacity;
    }

    /// What a layer remembers.
    ///
    /// @throws ClassCastException if that is not of the kind that the layer keeps
    public <T extends LayerState> T layer(int index, Class<T> kind) {
        return kind.cast(layers.get(index));
    }

    public int capacity() {
        return capacity;
    }

    /// Rows held.
    public int length() {
        return length;
    }

    /// The variant of the model ([Decoder#variant]) that has computed its rows, and computes those to come;
    /// 0 at first.
    public int variant() {
        return variant;
    }

    /// Takes the variant that computes the rows to come; rows of another one are forgotten.
    public void use(int newVariant) {
        if (newVariant != variant) {
            truncate(0);
            variant = newVariant;
        }
    }

    /// Counts rows that all layers have stored behind the held ones.
    public void advance(int rows) {
        if (rows < 0 || rows > capacity - length) {
            throw new IllegalArgumentException(rows + " rows after " + length + " of " + capacity);
        }
        length += rows;
    }

    /// The longest length not above `wanted` that [#truncate] can go back to: less where a layer has forgotten rows
    /// that the next one would see.
    public int restorable(int wanted) {
        int found = Math.min(wanted, length);
        int asked;
        do {
            asked = found;
            for (LayerState layer : layers) {
                found = layer.restorable(found);
            }
        } while (found < asked);
        return found;
    }

    /// Forgets all rows from `newLength` on.
    ///
    /// @param newLength one that [#restorable] has given
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("length " + newLength + " of " + length);
        }
        length = newLength;
        for (LayerState layer : layers) {
            layer.truncate(newLength);
        }
    }

    /// Another sequence of the same capacity that begins with the first rows of this one. Memory is shared as long as
    /// neither changes it, so both are to be used by one thread.
    ///
    /// @param newLength one that [#restorable] has given
    public SequenceState fork(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("length " + newLength + " of " + length);
        }
        SequenceState fork = new SequenceState(
                layers.stream().map(layer -> layer.fork(newLength)).toList(), capacity);
        fork.length = newLength;
        fork.variant = variant;
        return fork;
    }

    /// As [LayerState#bytes] of all layers.
    public long bytes(Set<Object> counted) {
        return layers.stream().mapToLong(layer -> layer.bytes(counted)).sum();
    }
}
