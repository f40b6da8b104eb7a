package io.peregrine.model.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Walks once over the elements of a value, lazily.
abstract class Cursor {

    /// The next element, or null at the end.
    abstract @Nullable Value next();

    /// The number of elements in all.
    abstract long size();

    /// A walk over a value that a `for` accepts.
    static Cursor of(Value value, Budget budget) {
        return switch (value) {
            case Text text -> new CodePoints(text, budget);
            case ListValue list -> new Items(list.items);
            case RangeValue range -> new Integers(range);
            case DictValue dict -> new Items(keys(dict, budget));
            case Undefined u -> new Items(List.of());
            default -> throw new Failure(Kind.withArticle(value) + " is nothing that can be walked through");
        };
    }

    /// Whether [#of] accepts a value.
    static boolean accepts(Value value) {
        return value instanceof Text
                || value instanceof ListValue
                || value instanceof RangeValue
                || value instanceof DictValue
                || value instanceof Undefined;
    }

    /// The elements as a new list.
    static List<Value> list(Value value, Budget budget) {
        Cursor cursor = of(value, budget);
        List<Value> items = new ArrayList<>();
        for (Value item = cursor.next(); item != null; item = cursor.next()) {
            budget.elements(1);
            items.add(item);
        }
        return items;
    }

    private static List<Value> keys(DictValue dict, Budget budget) {
        budget.elements(dict.entries().size());
        return new ArrayList<>(dict.entries().keySet());
    }

    private static final class Items extends Cursor {

        private final List<Value> items;
        private int at;

        Items(List<Value> items) {
            this.items = items;
        }

        @Override
        @Nullable
        Value next() {
            return at < items.size() ? items.get(at++) : null;
        }

        @Override
        long size() {
            return items.size();
        }
    }

    private static final class Integers extends Cursor {

        private final RangeValue range;
        private final long size;
        private long at;

        Integers(RangeValue range) {
            this.range = range;
            this.size = range.size();
        }

        @Override
        @Nullable
        Value next() {
            return at < size ? new NumberValue.Int(range.at(at++)) : null;
        }

        @Override
        long size() {
            return size;
        }
    }

    private static final class CodePoints extends Cursor {

        private final Text text;
        private final Budget budget;
        private int at;

        CodePoints(Text text, Budget budget) {
            this.text = text;
            this.budget = budget;
        }

        @Override
        @Nullable
        Value next() {
            if (at >= text.length()) {
                return null;
            }
            int start = at;
            at += Character.charCount(text.codePointAt(at));
            return text.subSequence(start, at);
        }

        @Override
        long size() {
            return text.codePointLength(budget);
        }
    }
}
