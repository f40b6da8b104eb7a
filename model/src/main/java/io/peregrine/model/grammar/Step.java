package io.peregrine.model.grammar;

/// One place of a compiled grammar and where it leads. Places are numbers; a rule is entered at one, and left
/// at [Return].
sealed interface Step {

    /// Takes a byte: `from[i]..to[i]`, ascending and apart, lead to `targets[i]`.
    record Take(int[] from, int[] to, int[] targets) implements Step {

        /// Where a byte leads, or -1.
        int target(int value) {
            for (int i = 0; i < from.length && from[i] <= value; i++) {
                if (value <= to[i]) {
                    return targets[i];
                }
            }
            return -1;
        }
    }

    /// Goes on at any of these places.
    record Fork(int[] targets) implements Step {}

    /// Goes on where a rule begins, and behind the rule at `next`.
    record Call(int rule, int next) implements Step {}

    /// Enters the loop that ends at `loop`.
    record Enter(int loop) implements Step {}

    /// The end of a loop's body, which begins at `body` and is to be gone through `min` to `max` times.
    record Loop(int body, int min, int max, int next) implements Step {

        /// What `count` is after one more time: no more than needs to be told apart.
        int next(int count) {
            return max == Expression.UNBOUNDED ? Math.min(count + 1, min) : count + 1;
        }

        /// Whether the body may be entered after `count` times.
        boolean mayRepeat(int count) {
            return max == Expression.UNBOUNDED || count < max;
        }

        /// Whether the loop may be left after `count` times.
        boolean mayEnd(int count) {
            return count >= min;
        }
    }

    /// Leaves the rule.
    record Return() implements Step {}
}
