package io.peregrine.model.grammar;

/// How far an answer has come in its grammar, and which tokens may follow. Belongs to one answer; one thread at a
/// time.
///
/// Where the vocabulary has a token for every byte that the grammar needs, every answer can be ended in time: given
/// how many tokens are left, only those are allowed behind which the shortest end still fits.
public final class GrammarWalk {

    private final TokenMachine machine;
    private final boolean closes;
    private State state;

    GrammarWalk(TokenMachine machine) {
        this.machine = machine;
        this.state = machine.start();
        this.closes = state.cost() < Costs.NEVER;
    }

    /// Checks that the answer can be ended in time.
    ///
    /// @param left how many tokens may come
    /// @throws GrammarException if that is not certain
    public void checkRoom(int left) {
        if (closes && state.cost() > left) {
            throw new GrammarException(
                    machine.name(),
                    "found room for an answer of " + left + " tokens, expected at least " + state.cost()
                            + ", which the shortest text that it allows takes; allow more tokens, or a longer context");
        }
    }

    /// The error for an answer that cannot go on: nothing is allowed, not even the end.
    public GrammarException stuck() {
        return new GrammarException(
                machine.name(), "found no token in the model's vocabulary that may come next, nor may the text end here");
    }

    /// Whether the answer may end here.
    public boolean mayEnd() {
        return state.mayEnd();
    }

    /// Whether nothing may follow.
    public boolean mustEnd() {
        return !state.mayGoOn();
    }

    /// Whether a token may come next.
    ///
    /// @param left how many tokens may still come, this one included
    public boolean allows(int token, int left) {
        if (machine.isEnd(token)) {
            return state.mayEnd();
        }
        State after = machine.after(state, token);
        return !after.isDead() && after.cost() <= limit(left);
    }

    /// The tokens that may come next, token `i` as bit `i & 63` of word `i >> 6`. Not to be changed. May be empty where
    /// the vocabulary has no token to go on with.
    ///
    /// @param left as for [#allows]
    public long[] allowed(int left) {
        return machine.mask(state, limit(left));
    }

    /// As [#allowed(int)], with any number of tokens left.
    public long[] allowed() {
        return machine.mask(state, Costs.NEVER);
    }

    /// Whether [#allowed(int)] may be fewer tokens than [#allowed()].
    public boolean isPressed(int left) {
        return machine.isPressed(state, limit(left));
    }

    /// Whether [#allowed(int)] is known already, and costs nothing.
    public boolean knowsAllowed(int left) {
        return machine.knowsMask(state, limit(left));
    }

    private long limit(int left) {
        return closes ? left - 1 : Costs.NEVER;
    }

    /// Goes on by a token.
    ///
    /// @throws IllegalArgumentException if it is not allowed
    public void accept(int token) {
        if (machine.isEnd(token) && state.mayEnd()) {
            return;
        }
        State after = machine.after(state, token);
        if (after.isDead()) {
            throw new IllegalArgumentException("token " + token + ": the grammar does not allow it here");
        }
        state = after;
    }
}
