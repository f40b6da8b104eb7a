package io.peregrine.model.template;

/// A method of a value, not yet called.
record Method<T extends Value>(String name, T receiver, Body<T> body) implements Callable {

    @Override
    public Value call(Arguments arguments, Interpreter interpreter) {
        return body.call(receiver, arguments, interpreter.budget());
    }

    /// What a method does.
    @FunctionalInterface
    interface Body<T> {
        Value call(T receiver, Arguments arguments, Budget budget);
    }
}
