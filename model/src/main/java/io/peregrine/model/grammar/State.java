package io.peregrine.model.grammar;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that a text may be so far: a set of stacks, each with a step on top that takes a byte, and whether the
/// text may end here. The machine that made it fills in what is found out about it.
final class State {

    private final Frame[] tops;
    private final boolean end;
    private final long cost;
    private final int hash;

    /// Where each class of bytes leads, as far as known.
    final @Nullable State[] next;

    /// The state with the same masks that is asked for instead.
    State usual = this;

    /// @param tops all different, in an order of the machine's
    /// @param end whether the text may end here
    /// @param classes of bytes
    State(List<Frame> tops, boolean end, int classes) {
        this.tops = tops.toArray(Frame[]::new);
        this.end = end;
        this.next = new State[isDead() ? 0 : classes];
        long least = end ? 0 : Costs.NEVER;
        int sum = end ? 1 : 0;
        for (Frame top : tops) {
            least = Math.min(least, top.cost());
            sum += top.hashCode();
        }
        this.cost = least;
        this.hash = sum;
    }

    Frame[] tops() {
        return tops;
    }

    boolean mayEnd() {
        return end;
    }

    boolean mayGoOn() {
        return tops.length > 0;
    }

    /// Whether no text is like this.
    boolean isDead() {
        return !end && tops.length == 0;
    }

    /// The least cost to the end.
    long cost() {
        return cost;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other == this
                || other instanceof State state
                        && end == state.end
                        && hash == state.hash
                        && Arrays.equals(tops, state.tops);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
