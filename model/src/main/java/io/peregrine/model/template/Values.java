package io.peregrine.model.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes values from Java data.
public final class Values {

    private static final int MAX_DEPTH = 100;

    private Values() {}

    /// The value of a Java object made of null, booleans, numbers, strings, lists and maps with string keys.
    ///
    /// @param origin where all of its strings come from
    /// @throws IllegalArgumentException if anything else is in it, or it is nested deeper than 100 levels
    public static Value of(@Nullable Object object, int origin) {
        return of(object, origin, 0);
    }

    private static Value of(@Nullable Object object, int origin, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("a template variable is nested deeper than " + MAX_DEPTH + " levels");
        }
        return switch (object) {
            case null -> NoneValue.NONE;
            case Value value -> value;
            case String text -> Text.of(text, origin);
            case Boolean bool -> NumberValue.Bool.of(bool);
            case Integer whole -> new NumberValue.Int(whole);
            case Long whole -> new NumberValue.Int(whole);
            case Double real -> new NumberValue.Float(real);
            case Float real -> new NumberValue.Float(real);
            case List<?> list -> {
                List<Value> items = new ArrayList<>(list.size());
                list.forEach(item -> items.add(of(item, origin, depth + 1)));
                yield ListValue.list(items);
            }
            case Map<?, ?> map -> {
                DictValue dict = new DictValue();
                map.forEach((key, value) -> {
                    if (!(key instanceof String name)) {
                        throw new IllegalArgumentException(
                                "a template variable has a map with a key that is no string");
                    }
                    dict.put(Text.of(name, origin), of(value, origin, depth + 1));
                });
                yield dict;
            }
            default ->
                throw new IllegalArgumentException("a template variable holds a "
                        + object.getClass().getName()
                        + "; only null, booleans, numbers, strings, lists and maps are possible");
        };
    }
}
