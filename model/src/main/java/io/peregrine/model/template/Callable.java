package io.peregrine.model.template;

/// Something a template can call: a macro, a function, or a method of a value.
non-sealed interface Callable extends Value {

    /// The name it was made under, for error messages.
    String name();

    Value call(Arguments arguments, Interpreter interpreter);

    /// A function of the engine.
    record Function(String name, Body body) implements Callable {

        @Override
        public Value call(Arguments arguments, Interpreter interpreter) {
            return body.call(arguments, interpreter);
        }
    }

    /// What a [Function] does.
    @FunctionalInterface
    interface Body {
        Value call(Arguments arguments, Interpreter interpreter);
    }
}
