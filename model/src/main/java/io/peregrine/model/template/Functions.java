package io.peregrine.model.template;

import java.time.LocalDateTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The functions that every template can call.
final class Functions {

    private static final Map<String, Callable> ALL = Map.of(
            "range", new Callable.Function("range", Functions::range),
            "namespace", new Callable.Function("namespace", Functions::namespace),
            "dict", new Callable.Function("dict", Functions::dict),
            "raise_exception", new Callable.Function("raise_exception", Functions::raiseException),
            "strftime_now", new Callable.Function("strftime_now", Functions::strftimeNow));

    private Functions() {}

    static @Nullable Value find(String name) {
        return ALL.get(name);
    }

    private static Value range(Arguments arguments, Interpreter interpreter) {
        Arguments.Bound bound = arguments.bind("range", 1, "start", "stop", "step");
        boolean single = bound.optional(1) == null;
        long step = bound.integer(2, 1);
        if (step == 0) {
            throw new Failure("the step of range is 0");
        }
        long first = bound.integer(0, 0);
        return single ? new RangeValue(0, first, 1) : new RangeValue(first, bound.integer(1, 0), step);
    }

    private static Value dict(Arguments arguments, Interpreter interpreter) {
        DictValue dict = new DictValue();
        Budget budget = interpreter.budget();
        if (arguments.positional().size() > 1) {
            throw new Failure("dict takes at most 1 argument without a name");
        }
        for (Value source : arguments.positional()) {
            ContainerMethods.putAll(dict, source, budget);
        }
        arguments.named().forEach((name, value) -> dict.put(Text.of(name, Origin.TEMPLATE), value, budget));
        return dict;
    }

    private static Value namespace(Arguments arguments, Interpreter interpreter) {
        Namespace namespace = new Namespace();
        DictValue attributes = (DictValue) dict(arguments, interpreter);
        for (Map.Entry<Value, Value> entry : attributes.entries().entrySet()) {
            namespace
                    .attributes()
                    .put(Display.text(entry.getKey(), interpreter.budget()).toString(), entry.getValue());
        }
        return namespace;
    }

    private static Value raiseException(Arguments arguments, Interpreter interpreter) {
        Value message = arguments.bind("raise_exception", 1, "message").value(0);
        throw new Failure("the template reports: " + Display.text(message, interpreter.budget()));
    }

    private static Value strftimeNow(Arguments arguments, Interpreter interpreter) {
        Text format = arguments.bind("strftime_now", 1, "format").text(0);
        interpreter.budget().work(format.length());
        return Strftime.format(format, LocalDateTime.now(interpreter.clock()), interpreter.budget());
    }
}
