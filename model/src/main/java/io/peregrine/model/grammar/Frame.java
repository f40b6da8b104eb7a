package io.peregrine.model.grammar;

import org.jspecify.annotations.Nullable;

/// One entry of a stack of the machine, with the stack below it: where to go on when what is above has ended; or,
/// on top, the step that takes the next byte. Equal stacks are one object as long as a machine remembers them.
/// Immutable but for [#usual], which the machine sets once.
final class Frame {

    /// In place of the number of times for anything but a loop.
    static final int NO_LOOP = -1;

    private final int place;
    private final int count;
    private final @Nullable Frame below;
    private final int depth;
    private final long cost;
    private final int reach;
    private final int hash;

    /// The stack with the usual number of times in each loop; this one where they are usual.
    Frame usual = this;

    /// @param place where to go on, or the end of the loop
    /// @param count how often the loop's body has been gone through, or [#NO_LOOP]
    Frame(Program program, Costs costs, int place, int count, @Nullable Frame below) {
        this.place = place;
        this.count = count;
        this.below = below;
        int height = below == null ? 0 : below.depth;
        this.depth = height + 1;
        long rest;
        int needed;
        if (count == NO_LOOP) {
            rest = costs.cost(place);
            needed = costs.depth(place);
        } else {
            Step.Loop loop = (Step.Loop) program.step(place);
            int missing = Math.max(0, loop.min() - (count + 1));
            rest = Costs.sum(missing, costs.cost(loop.body()), costs.cost(loop.next()));
            needed = Math.max(missing > 0 ? costs.depth(loop.body()) + 1 : 0, costs.depth(loop.next()));
        }
        this.cost = Costs.sum(1, rest, below == null ? 0 : below.cost);
        this.reach = Math.max(height + needed, below == null ? 0 : below.reach);
        this.hash = ((below == null ? 1 : below.hash) * 31 + place) * 31 + count;
    }

    int place() {
        return place;
    }

    int count() {
        return count;
    }

    @Nullable
    Frame below() {
        return below;
    }

    /// The least cost of everything that is open.
    long cost() {
        return cost;
    }

    /// How high the stack gets at most on the way of the least cost.
    int reach() {
        return reach;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        Frame left = this;
        Frame right = other instanceof Frame frame ? frame : null;
        while (left != right) {
            if (left == null
                    || right == null
                    || left.hash != right.hash
                    || left.place != right.place
                    || left.count != right.count
                    || left.depth != right.depth) {
                return false;
            }
            left = left.below;
            right = right.below;
        }
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
