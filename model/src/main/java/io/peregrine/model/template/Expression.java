package io.peregrine.model.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node of the syntax tree that has a value.
sealed interface Expression {

    Position at();

    record Constant(Position at, Value value) implements Expression {}

    record Name(Position at, String name) implements Expression {}

    record ListLiteral(Position at, List<Expression> items, boolean tuple) implements Expression {}

    record DictLiteral(Position at, List<Expression> keys, List<Expression> values) implements Expression {}

    record Attribute(Position at, Expression target, String name) implements Expression {}

    record Item(Position at, Expression target, Expression key) implements Expression {}

    record Slice(
            Position at,
            Expression target,
            @Nullable Expression start,
            @Nullable Expression stop,
            @Nullable Expression step)
            implements Expression {}

    record Call(Position at, Expression target, CallArguments arguments) implements Expression {}

    record Filtered(Position at, Expression input, String filter, CallArguments arguments) implements Expression {}

    record Tested(Position at, Expression input, String test, CallArguments arguments, boolean negated)
            implements Expression {}

    record Not(Position at, Expression operand) implements Expression {}

    record Signed(Position at, Expression operand, boolean negative) implements Expression {}

    /// `first` and then operators of equal precedence, from left to right.
    record Calculation(Position at, Expression first, List<Operation> operations) implements Expression {}

    record Operation(Position at, Arithmetic.Operator operator, Expression operand) {}

    record Concatenation(Position at, List<Expression> parts) implements Expression {}

    /// `a < b < c`: every neighbouring pair must hold.
    record Compared(Position at, Expression first, List<Step> steps) implements Expression {}

    record Step(Comparison.Operator operator, Expression operand) {}

    /// `and` or `or`: the first operand that decides, else the last.
    record Logic(Position at, boolean and, List<Expression> operands) implements Expression {}

    record Conditional(
            Position at,
            Expression condition,
            Expression then,
            @Nullable Expression otherwise) implements Expression {}

    /// The text of the block that a `filter` or a block `set` encloses.
    record Captured(Position at) implements Expression {}

    /// The arguments of a call, a filter or a test.
    record CallArguments(
            List<Expression> positional,
            List<Named> named,
            @Nullable Expression spread,
            @Nullable Expression namedSpread) {

        static final CallArguments NONE = new CallArguments(List.of(), List.of(), null, null);
    }

    record Named(String name, Expression value) {}
}
