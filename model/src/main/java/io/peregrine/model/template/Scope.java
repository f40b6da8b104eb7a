package io.peregrine.model.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The variables that a block can see: its own, then those of the blocks around it.
final class Scope {

    private final @Nullable Scope outer;
    private final Map<String, Value> variables = new HashMap<>(4);

    Scope(@Nullable Scope outer) {
        this.outer = outer;
    }

    /// The variable's value, or null when no block has it.
    @Nullable
    Value find(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Value value = scope.variables.get(name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    /// Sets a variable of this block.
    void set(String name, Value value) {
        variables.put(name, value);
    }
}
