package io.peregrine.model.template;

import java.util.List;

/// A macro, or the body of a `call` block: statements that run in the scope of their definition.
record Macro(String name, Statement.Signature signature, List<Statement> body, Scope scope) implements Callable {

    @Override
    public Value call(Arguments arguments, Interpreter interpreter) {
        return interpreter.invoke(this, arguments);
    }
}
