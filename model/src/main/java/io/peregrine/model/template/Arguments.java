package io.peregrine.model.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The arguments of one call, in the order and under the names given.
record Arguments(List<Value> positional, Map<String, Value> named) {

    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /// The arguments after the first `count`.
    Arguments after(int count) {
        return new Arguments(positional.subList(Math.min(count, positional.size()), positional.size()), named);
    }

    /// Distributes the arguments over parameters.
    ///
    /// @param function the name for error messages
    /// @param required how many of the parameters must be given
    Bound bind(String function, int required, String... parameters) {
        if (positional.size() > parameters.length) {
            throw new Failure(
                    function + " takes at most " + parameters.length + " arguments, found " + positional.size());
        }
        List<@Nullable Value> values = new ArrayList<>(positional);
        Map<String, Value> rest = named.isEmpty() ? named : new LinkedHashMap<>(named);
        for (int i = 0; i < parameters.length; i++) {
            Value value = rest.isEmpty() ? null : rest.remove(parameters[i]);
            if (i < positional.size()) {
                if (value != null) {
                    throw new Failure(function + " got two values for its argument '" + parameters[i] + "'");
                }
                continue;
            }
            if (value == null && i < required) {
                throw new Failure(function + " needs the argument '" + parameters[i] + "'");
            }
            values.add(value);
        }
        if (!rest.isEmpty()) {
            throw new Failure(
                    function + " has no argument '" + rest.keySet().iterator().next() + "'");
        }
        return new Bound(function, values, parameters);
    }

    /// Arguments distributed over parameters.
    static final class Bound {

        private final String function;
        private final List<@Nullable Value> values;
        private final String[] parameters;

        private Bound(String function, List<@Nullable Value> values, String[] parameters) {
            this.function = function;
            this.values = values;
            this.parameters = parameters;
        }

        /// The value of parameter `index`, or null when it was not given.
        @Nullable
        Value optional(int index) {
            return values.get(index);
        }

        /// The value of parameter `index`, or null when it was not given or is none.
        @Nullable
        Value unlessNone(int index) {
            Value value = values.get(index);
            return value == NoneValue.NONE ? null : value;
        }

        /// The value of a required parameter.
        Value value(int index) {
            Value value = values.get(index);
            if (value == null) {
                throw new Failure(function + " needs the argument '" + parameters[index] + "'");
            }
            return value;
        }

        Value value(int index, Value otherwise) {
            Value value = values.get(index);
            return value == null ? otherwise : value;
        }

        Text text(int index) {
            if (value(index) instanceof Text text) {
                return text;
            }
            throw wrong(index, "a string");
        }

        long integer(int index, long otherwise) {
            Value value = values.get(index);
            if (value == null) {
                return otherwise;
            }
            if (value instanceof NumberValue number && !(value instanceof NumberValue.Float)) {
                return number.whole();
            }
            throw wrong(index, "an integer");
        }

        boolean truth(int index, boolean otherwise) {
            Value value = values.get(index);
            return value == null ? otherwise : Truth.of(value);
        }

        private Failure wrong(int index, String expected) {
            return new Failure("the argument '" + parameters[index] + "' of " + function + " is "
                    + Kind.withArticle(value(index)) + ", expected " + expected);
        }
    }
}
