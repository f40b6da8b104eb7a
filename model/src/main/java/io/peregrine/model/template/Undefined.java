package io.peregrine.model.template;

/// A variable, attribute or item that does not exist: empty as text, false as a condition, an error in any
/// other use.
///
/// @param why what does not exist, as in `'name' is undefined`
record Undefined(String why) implements Value {

    static Undefined variable(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined attribute(Value owner, String name) {
        return new Undefined(Kind.of(owner) + " has no attribute or item '" + name + "'");
    }

    Failure failure() {
        return new Failure(why);
    }
}
