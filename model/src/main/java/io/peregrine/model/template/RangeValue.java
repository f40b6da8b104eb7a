package io.peregrine.model.template;

/// The integers `start, start + step, ...` before `stop`; takes no memory.
///
/// @param step not zero
record RangeValue(long start, long stop, long step) implements Value {

    /// How many integers; an error where that does not fit into 64 bits.
    long size() {
        if (step > 0 ? start >= stop : start <= stop) {
            return 0;
        }
        try {
            long span = Math.subtractExact(stop, start);
            return Math.addExact((span - Long.signum(step)) / step, 1);
        } catch (ArithmeticException e) {
            throw new Failure("the range from " + start + " to " + stop + " is too long");
        }
    }

    /// The integer at `index`, which is less than [#size].
    long at(long index) {
        return start + index * step;
    }
}
