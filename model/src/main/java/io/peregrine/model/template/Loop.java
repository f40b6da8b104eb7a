package io.peregrine.model.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The `loop` variable of a running `for`; looks one element ahead only when asked to.
final class Loop implements Value {

    private final Cursor cursor;
    private long index0 = -1;
    private @Nullable Value previous;
    private @Nullable Value current;
    private @Nullable Value ahead;
    private @Nullable List<Value> seen;

    Loop(Cursor cursor) {
        this.cursor = cursor;
    }

    /// Goes to the next element; null at the end.
    @Nullable
    Value advance() {
        Value next = peek();
        ahead = null;
        previous = current;
        current = next;
        index0++;
        return next;
    }

    private @Nullable Value peek() {
        if (ahead == null) {
            ahead = cursor.next();
        }
        return ahead;
    }

    /// An attribute, or null when there is none of that name.
    @Nullable
    Value attribute(String name) {
        return switch (name) {
            case "index" -> new NumberValue.Int(index0 + 1);
            case "index0" -> new NumberValue.Int(index0);
            case "revindex" -> new NumberValue.Int(cursor.size() - index0);
            case "revindex0" -> new NumberValue.Int(cursor.size() - index0 - 1);
            case "first" -> NumberValue.Bool.of(index0 == 0);
            case "last" -> NumberValue.Bool.of(peek() == null);
            case "length" -> new NumberValue.Int(cursor.size());
            case "depth" -> new NumberValue.Int(1);
            case "depth0" -> NumberValue.Int.ZERO;
            case "previtem" -> previous == null ? new Undefined("there is no previous item") : previous;
            case "nextitem" -> {
                Value next = peek();
                yield next == null ? new Undefined("there is no next item") : next;
            }
            case "cycle" -> new Callable.Function("loop.cycle", (arguments, interpreter) -> cycle(arguments));
            case "changed" -> new Callable.Function("loop.changed", this::changed);
            default -> null;
        };
    }

    private Value cycle(Arguments arguments) {
        List<Value> items = arguments.positional();
        if (items.isEmpty()) {
            throw new Failure("loop.cycle needs at least one value");
        }
        return items.get((int) (index0 % items.size()));
    }

    private Value changed(Arguments arguments, Interpreter interpreter) {
        List<Value> now = arguments.positional();
        boolean same =
                seen != null && Comparison.equal(ListValue.tuple(seen), ListValue.tuple(now), interpreter.budget());
        seen = now;
        return NumberValue.Bool.of(!same);
    }
}
