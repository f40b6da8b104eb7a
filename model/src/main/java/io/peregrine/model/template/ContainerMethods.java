package io.peregrine.model.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The methods of lists, tuples and mappings.
///
/// Lists and mappings can be changed, which Hugging Face's sandbox forbids but other engines allow; a render
/// works on values of its own, so nothing outlives it.
final class ContainerMethods {

    private static final Map<String, Method.Body<ListValue>> TUPLE =
            Map.of("index", ContainerMethods::index, "count", ContainerMethods::count);

    private static final Map<String, Method.Body<ListValue>> LIST = Map.of(
            "append", ContainerMethods::append,
            "extend", ContainerMethods::extend,
            "insert", ContainerMethods::insert,
            "pop", ContainerMethods::pop);

    private static final Map<String, Method.Body<DictValue>> DICT = Map.of(
            "items", (d, a, b) -> ListValue.list(items(none(d, a, "items"), b)),
            "keys", (d, a, b) -> ListValue.list(Cursor.list(none(d, a, "keys"), b)),
            "values", ContainerMethods::values,
            "get", ContainerMethods::get,
            "update", ContainerMethods::update,
            "pop", ContainerMethods::pop);

    private ContainerMethods() {}

    static @Nullable Value find(ListValue receiver, String name) {
        Method.Body<ListValue> body = TUPLE.get(name);
        if (body == null && receiver.form == ListValue.Form.LIST) {
            body = LIST.get(name);
        }
        return body == null ? null : new Method<>(name, receiver, body);
    }

    static @Nullable Value find(DictValue receiver, String name) {
        Method.Body<DictValue> body = DICT.get(name);
        return body == null ? null : new Method<>(name, receiver, body);
    }

    private static Value append(ListValue list, Arguments arguments, Budget budget) {
        budget.elements(1);
        list.items.add(arguments.bind("append", 1, "item").value(0));
        return NoneValue.NONE;
    }

    private static Value extend(ListValue list, Arguments arguments, Budget budget) {
        list.items.addAll(Cursor.list(arguments.bind("extend", 1, "items").value(0), budget));
        return NoneValue.NONE;
    }

    private static Value insert(ListValue list, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("insert", 2, "index", "item");
        int size = list.items.size();
        long index = bound.integer(0, 0);
        budget.elements(1);
        budget.work(size);
        list.items.add(Math.clamp(index < 0 ? index + size : index, 0, size), bound.value(1));
        return NoneValue.NONE;
    }

    private static Value pop(ListValue list, Arguments arguments, Budget budget) {
        long index = arguments.bind("pop", 0, "index").integer(0, -1);
        int size = list.items.size();
        long at = index < 0 ? index + size : index;
        if (at < 0 || at >= size) {
            throw new Failure("pop wants item " + index + " of a list of " + size);
        }
        budget.work(size - at);
        return list.items.remove((int) at);
    }

    private static Value index(ListValue list, Arguments arguments, Budget budget) {
        Value item = arguments.bind("index", 1, "item").value(0);
        for (int i = 0; i < list.items.size(); i++) {
            budget.step();
            if (Comparison.equal(list.items.get(i), item, budget)) {
                return new NumberValue.Int(i);
            }
        }
        throw new Failure("index did not find the item in the list");
    }

    private static Value count(ListValue list, Arguments arguments, Budget budget) {
        Value item = arguments.bind("count", 1, "item").value(0);
        long count = 0;
        for (Value candidate : list.items) {
            budget.step();
            if (Comparison.equal(candidate, item, budget)) {
                count++;
            }
        }
        return new NumberValue.Int(count);
    }

    private static DictValue none(DictValue receiver, Arguments arguments, String name) {
        arguments.bind(name, 0);
        return receiver;
    }

    /// The entries as tuples of key and value.
    static List<Value> items(DictValue dict, Budget budget) {
        budget.elements(3L * dict.entries().size());
        List<Value> items = new ArrayList<>(dict.entries().size());
        dict.entries().forEach((key, value) -> items.add(ListValue.tuple(key, value)));
        return items;
    }

    private static Value values(DictValue dict, Arguments arguments, Budget budget) {
        arguments.bind("values", 0);
        budget.elements(dict.entries().size());
        return ListValue.list(new ArrayList<>(dict.entries().values()));
    }

    private static Value get(DictValue dict, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("get", 1, "key", "default");
        Value value = dict.lookUp(bound.value(0), budget);
        return value == null ? bound.value(1, NoneValue.NONE) : value;
    }

    private static Value update(DictValue dict, Arguments arguments, Budget budget) {
        if (arguments.positional().size() > 1) {
            throw new Failure("update takes at most 1 argument without a name");
        }
        for (Value source : arguments.positional()) {
            putAll(dict, source, budget);
        }
        arguments.named().forEach((name, value) -> dict.put(Text.of(name, Origin.TEMPLATE), value, budget));
        return NoneValue.NONE;
    }

    /// Puts the entries of a mapping, or the pairs of a list, into a mapping.
    static void putAll(DictValue dict, Value source, Budget budget) {
        if (source instanceof DictValue other) {
            for (Map.Entry<Value, Value> entry : List.copyOf(other.entries().entrySet())) {
                dict.put(entry.getKey(), entry.getValue(), budget);
            }
            return;
        }
        for (Value pair : Cursor.list(source, budget)) {
            List<Value> parts = Cursor.list(pair, budget);
            if (parts.size() != 2) {
                throw new Failure("a mapping is made from pairs, found one of " + parts.size() + " values");
            }
            dict.put(parts.get(0), parts.get(1), budget);
        }
    }

    private static Value pop(DictValue dict, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("pop", 1, "key", "default");
        Value value = dict.remove(bound.value(0), budget);
        if (value == null) {
            value = bound.optional(1);
        }
        if (value == null) {
            throw new Failure("pop did not find the key '" + Display.text(bound.value(0), budget) + "'");
        }
        return value;
    }
}
