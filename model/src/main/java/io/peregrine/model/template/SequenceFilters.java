package io.peregrine.model.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The filters that walk over a sequence.
final class SequenceFilters {

    private SequenceFilters() {}

    static void addTo(Map<String, Filters.Filter> all) {
        all.put("list", (input, a, in) -> ListValue.list(Cursor.list(input, in.budget())));
        all.put("join", SequenceFilters::join);
        all.put("first", SequenceFilters::first);
        all.put("last", SequenceFilters::last);
        all.put("reverse", SequenceFilters::reverse);
        all.put("sort", SequenceFilters::sort);
        all.put("unique", SequenceFilters::unique);
        all.put("map", SequenceFilters::map);
        all.put("select", (input, a, in) -> select(input, a, in, false, true));
        all.put("reject", (input, a, in) -> select(input, a, in, false, false));
        all.put("selectattr", (input, a, in) -> select(input, a, in, true, true));
        all.put("rejectattr", (input, a, in) -> select(input, a, in, true, false));
        all.put("items", SequenceFilters::items);
        all.put("dictsort", SequenceFilters::dictSort);
        all.put("min", (input, a, in) -> extreme("min", input, a, in));
        all.put("max", (input, a, in) -> extreme("max", input, a, in));
        all.put("sum", SequenceFilters::sum);
    }

    /// What one level of indentation is: a string, or a number of blanks.
    static Text indentation(Value width, Budget budget) {
        if (width instanceof Text text) {
            return text;
        }
        if (!(width instanceof NumberValue number) || number instanceof NumberValue.Float) {
            throw new Failure("an indentation is a number of blanks or a string, found " + Kind.withArticle(width));
        }
        return (Text) Arithmetic.apply(
                Arithmetic.Operator.MULTIPLY,
                Text.of(" ", Origin.TEMPLATE),
                new NumberValue.Int(number.whole()),
                budget);
    }

    private static Value join(Value input, Arguments arguments, Interpreter interpreter) {
        Budget budget = interpreter.budget();
        Arguments.Bound bound = arguments.bind("join", 0, "d", "attribute");
        Text separator = Display.text(bound.value(0, Text.EMPTY), budget);
        Function<Value, Value> key = key(bound.unlessNone(1), true, budget);
        List<Value> texts = Cursor.list(input, budget);
        texts.replaceAll(item -> Display.text(key.apply(item), budget));
        return StringMethods.join(separator, ListValue.list(texts), budget);
    }

    private static Value first(Value input, Arguments arguments, Interpreter interpreter) {
        arguments.bind("first", 0);
        Value first = Cursor.of(input, interpreter.budget()).next();
        return first == null ? new Undefined("there is no first item: the sequence is empty") : first;
    }

    private static Value last(Value input, Arguments arguments, Interpreter interpreter) {
        arguments.bind("last", 0);
        Budget budget = interpreter.budget();
        Value sequence = input instanceof DictValue ? ListValue.list(Cursor.list(input, budget)) : input;
        if (!Cursor.accepts(sequence)) {
            throw new Failure(Kind.withArticle(sequence) + " has no last item");
        }
        Value last = Sequences.item(sequence, -1, budget);
        return last == null ? new Undefined("there is no last item: the sequence is empty") : last;
    }

    private static Value reverse(Value input, Arguments arguments, Interpreter interpreter) {
        arguments.bind("reverse", 0);
        if (input instanceof Text text) {
            return Sequences.reverse(text, interpreter.budget());
        }
        List<Value> items = Cursor.list(input, interpreter.budget());
        Collections.reverse(items);
        return ListValue.generator(items);
    }

    /// The function that gets the value to compare: an attribute such as `a.b.0`, or the item itself; strings
    /// in lower case unless told otherwise.
    private static Function<Value, Value> key(@Nullable Value attribute, boolean caseSensitive, Budget budget) {
        List<Value> path = attribute == null ? List.of() : path(attribute, budget);
        return item -> {
            Value value = item;
            for (Value step : path) {
                budget.step();
                value = Access.item(value, step, budget);
            }
            return !caseSensitive && value instanceof Text text ? TextCase.lower(text, budget) : value;
        };
    }

    private static List<Value> path(Value attribute, Budget budget) {
        if (!(attribute instanceof Text text)) {
            return List.of(attribute);
        }
        List<Value> path = TextSearch.split(text, Text.of(".", Origin.TEMPLATE), -1, budget);
        path.replaceAll(step -> {
            boolean digits = step instanceof Text name
                    && !name.isEmpty()
                    && name.length() < 10
                    && name.chars().allMatch(c -> c >= '0' && c <= '9');
            return digits ? new NumberValue.Int(Long.parseLong(step.toString())) : step;
        });
        return path;
    }

    private static Value sort(Value input, Arguments arguments, Interpreter interpreter) {
        Budget budget = interpreter.budget();
        Arguments.Bound bound = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        Value attribute = bound.unlessNone(2);
        boolean caseSensitive = bound.truth(1, false);
        List<Function<Value, Value>> keys = new ArrayList<>();
        if (attribute instanceof Text text) {
            for (Value part : TextSearch.split(text, Text.of(",", Origin.TEMPLATE), -1, budget)) {
                keys.add(key(part, caseSensitive, budget));
            }
        } else {
            keys.add(key(attribute, caseSensitive, budget));
        }
        return ListValue.list(sorted(Cursor.list(input, budget), keys, bound.truth(0, false), budget));
    }

    private static List<Value> sorted(
            List<Value> items, List<Function<Value, Value>> keys, boolean reverse, Budget budget) {
        record Keyed(Value item, Value key) {}
        List<Keyed> keyed = new ArrayList<>(items.size());
        for (Value item : items) {
            budget.elements(1L + keys.size());
            List<Value> parts = new ArrayList<>(keys.size());
            keys.forEach(key -> parts.add(key.apply(item)));
            keyed.add(new Keyed(item, keys.size() == 1 ? parts.get(0) : ListValue.tuple(parts)));
        }
        Comparator<Keyed> order = (a, b) -> {
            budget.step();
            return Comparison.order(a.key(), b.key(), budget);
        };
        try {
            keyed.sort(reverse ? order.reversed() : order);
        } catch (IllegalArgumentException e) {
            throw new Failure("the values to sort have no consistent order");
        }
        List<Value> result = new ArrayList<>(items.size());
        keyed.forEach(k -> result.add(k.item()));
        return result;
    }

    private static Value unique(Value input, Arguments arguments, Interpreter interpreter) {
        Budget budget = interpreter.budget();
        Arguments.Bound bound = arguments.bind("unique", 0, "case_sensitive", "attribute");
        Function<Value, Value> key = key(bound.unlessNone(1), bound.truth(0, false), budget);
        DictValue seen = new DictValue();
        List<Value> result = new ArrayList<>();
        for (Value item : Cursor.list(input, budget)) {
            int before = seen.entries().size();
            seen.put(key.apply(item), NoneValue.NONE, budget);
            if (seen.entries().size() > before) {
                result.add(item);
            }
        }
        return ListValue.generator(result);
    }

    /// The elements of what `map` and `select` get, which is nothing for whatever counts as false.
    private static List<Value> elements(Value input, Budget budget) {
        return Truth.of(input) ? Cursor.list(input, budget) : new ArrayList<>();
    }

    private static Value map(Value input, Arguments arguments, Interpreter interpreter) {
        Budget budget = interpreter.budget();
        List<Value> items = elements(input, budget);
        if (arguments.positional().isEmpty()) {
            Arguments.Bound bound = arguments.bind("map", 0, "attribute", "default");
            Function<Value, Value> key = key(bound.value(0), true, budget);
            Value otherwise = bound.unlessNone(1);
            items.replaceAll(item -> {
                Value value = key.apply(item);
                return value instanceof Undefined && otherwise != null ? otherwise : value;
            });
            return ListValue.generator(items);
        }
        String filter = Display.text(arguments.positional().get(0), budget).toString();
        Arguments rest = arguments.after(1);
        items.replaceAll(item -> {
            budget.enter();
            Value value = Filters.apply(filter, item, rest, interpreter);
            budget.leave();
            return value;
        });
        return ListValue.generator(items);
    }

    private static Value select(
            Value input, Arguments arguments, Interpreter interpreter, boolean attribute, boolean keep) {
        Budget budget = interpreter.budget();
        Arguments rest = arguments;
        Function<Value, Value> key = Function.identity();
        if (attribute) {
            if (arguments.positional().isEmpty()) {
                throw new Failure((keep ? "selectattr" : "rejectattr") + " needs the name of an attribute");
            }
            key = key(arguments.positional().get(0), true, budget);
            rest = arguments.after(1);
        }
        List<Value> result = new ArrayList<>();
        for (Value item : elements(input, budget)) {
            budget.step();
            Value value = key.apply(item);
            boolean holds = rest.positional().isEmpty()
                    ? Truth.of(value)
                    : Tests.apply(
                            Display.text(rest.positional().get(0), budget).toString(), value, rest.after(1), budget);
            if (holds == keep) {
                result.add(item);
            }
        }
        return ListValue.generator(result);
    }

    private static Value items(Value input, Arguments arguments, Interpreter interpreter) {
        arguments.bind("items", 0);
        return switch (input) {
            case DictValue dict -> ListValue.generator(ContainerMethods.items(dict, interpreter.budget()));
            case Undefined u -> ListValue.generator(List.of());
            default -> throw new Failure("items needs a mapping, found " + Kind.withArticle(input));
        };
    }

    private static Value dictSort(Value input, Arguments arguments, Interpreter interpreter) {
        Budget budget = interpreter.budget();
        Arguments.Bound bound = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        if (!(input instanceof DictValue dict)) {
            throw input instanceof Undefined undefined
                    ? undefined.failure()
                    : new Failure("dictsort needs a mapping, found " + Kind.withArticle(input));
        }
        String by = bound.optional(1) == null ? "key" : bound.text(1).toString();
        if (!Set.of("key", "value").contains(by)) {
            throw new Failure("dictsort sorts by 'key' or 'value', found '" + by + "'");
        }
        Function<Value, Value> key = key(new NumberValue.Int(by.equals("key") ? 0 : 1), bound.truth(0, false), budget);
        return ListValue.list(
                sorted(ContainerMethods.items(dict, budget), List.of(key), bound.truth(2, false), budget));
    }

    private static Value extreme(String name, Value input, Arguments arguments, Interpreter interpreter) {
        Budget budget = interpreter.budget();
        Arguments.Bound bound = arguments.bind(name, 0, "case_sensitive", "attribute");
        Function<Value, Value> key = key(bound.unlessNone(1), bound.truth(0, false), budget);
        Value best = null;
        Value bestKey = NoneValue.NONE;
        Cursor cursor = Cursor.of(input, budget);
        for (Value item = cursor.next(); item != null; item = cursor.next()) {
            budget.step();
            Value itemKey = key.apply(item);
            int order = best == null ? 0 : Comparison.order(itemKey, bestKey, budget);
            if (best == null || (name.equals("min") ? order < 0 : order > 0)) {
                best = item;
                bestKey = itemKey;
            }
        }
        return best == null ? new Undefined("there is no " + name + ": the sequence is empty") : best;
    }

    private static Value sum(Value input, Arguments arguments, Interpreter interpreter) {
        Budget budget = interpreter.budget();
        Arguments.Bound bound = arguments.bind("sum", 0, "attribute", "start");
        Function<Value, Value> key = key(bound.unlessNone(0), true, budget);
        Value sum = bound.value(1, NumberValue.Int.ZERO);
        Cursor cursor = Cursor.of(input, budget);
        for (Value item = cursor.next(); item != null; item = cursor.next()) {
            budget.step();
            sum = Arithmetic.apply(Arithmetic.Operator.ADD, sum, key.apply(item), budget);
        }
        return sum;
    }
}
