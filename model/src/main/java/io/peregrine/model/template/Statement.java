package io.peregrine.model.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node of the syntax tree that writes or changes something.
sealed interface Statement {

    Position at();

    /// Text between tags.
    record Data(Position at, Text text) implements Statement {}

    /// `{{ ... }}`.
    record Print(Position at, Expression value) implements Statement {}

    record If(Position at, List<Branch> branches, List<Statement> otherwise) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    record For(
            Position at,
            Target target,
            Expression items,
            @Nullable Expression filter,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    record Assign(Position at, Target target, Expression value) implements Statement {}

    /// `{% set name %}...{% endset %}`; `value` starts from [Expression.Captured].
    record AssignBlock(Position at, Target target, Expression value, List<Statement> body) implements Statement {}

    record MacroDefinition(Position at, String name, Signature signature, List<Statement> body) implements Statement {}

    /// `{% call macro() %}...{% endcall %}`.
    record CallBlock(Position at, Signature signature, Expression.Call call, List<Statement> body)
            implements Statement {}

    /// `{% filter name %}...{% endfilter %}`; `value` starts from [Expression.Captured].
    record FilterBlock(Position at, Expression value, List<Statement> body) implements Statement {}

    /// A block whose variables end with it: `generation`, or `with` and its assignments.
    record Block(Position at, List<Assign> assignments, List<Statement> body) implements Statement {}

    record Break(Position at) implements Statement {}

    record Continue(Position at) implements Statement {}

    /// Parameters and the default values of the last of them.
    record Signature(List<String> parameters, List<Expression> defaults) {

        static final Signature EMPTY = new Signature(List.of(), List.of());
    }

    /// What an assignment or a loop sets.
    sealed interface Target {}

    record Variable(String name) implements Target {}

    record NamespaceAttribute(Position at, String namespace, String attribute) implements Target {}

    record Unpacked(Position at, List<Target> targets) implements Target {}
}
