package io.peregrine.model.grammar;

import java.util.List;

/// What a rule of a grammar says, as the source has it.
sealed interface Expression {

    /// In place of the largest number of a repetition that has none.
    int UNBOUNDED = Integer.MAX_VALUE;

    /// These bytes, one after the other; none is nothing.
    record Text(byte[] bytes) implements Expression {}

    /// One character of a set.
    record OneOf(CharClass characters) implements Expression {}

    /// What another rule says.
    record Reference(int rule) implements Expression {}

    /// All of these, one after the other.
    record Sequence(List<Expression> parts) implements Expression {}

    /// One of these.
    record Choice(List<Expression> options) implements Expression {}

    /// Something `min` to `max` times.
    record Repeat(Expression body, int min, int max) implements Expression {}
}
