package io.peregrine.model.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Length, items and slices of strings, lists and ranges, with Python's negative indexes.
final class Sequences {

    private Sequences() {}

    /// What `length` gives.
    static long length(Value value, Budget budget) {
        return switch (value) {
            case Text text -> text.codePointLength(budget);
            case ListValue list -> list.items.size();
            case DictValue dict -> dict.entries().size();
            case RangeValue range -> range.size();
            case Undefined u -> 0;
            default -> throw new Failure(Kind.withArticle(value) + " has no length");
        };
    }

    /// The item at `index`, or null when there is none.
    static @Nullable Value item(Value value, long index, Budget budget) {
        if (!(value instanceof Text) && !(value instanceof ListValue) && !(value instanceof RangeValue)) {
            return null;
        }
        long size = length(value, budget);
        long at = index < 0 ? index + size : index;
        if (at < 0 || at >= size) {
            return null;
        }
        return switch (value) {
            case Text text -> codePoint(text, (int) at, budget);
            case ListValue list -> list.items.get((int) at);
            case RangeValue range -> new NumberValue.Int(range.at(at));
            default -> null;
        };
    }

    private static Text codePoint(Text text, int index, Budget budget) {
        int start = text.codePointOffset(index, budget);
        return text.subSequence(start, start + Character.charCount(text.codePointAt(start)));
    }

    /// `value[start:stop:step]`; null stands for a bound that is left out.
    static Value slice(Value value, @Nullable Long start, @Nullable Long stop, @Nullable Long step, Budget budget) {
        long stride = step == null ? 1 : step;
        if (stride == 0) {
            throw new Failure("the step of a slice is 0");
        }
        if (!(value instanceof Text) && !(value instanceof ListValue) && !(value instanceof RangeValue)) {
            return new Undefined(Kind.withArticle(value) + " has no slices");
        }
        long size = length(value, budget);
        long from = bound(start, stride > 0 ? 0 : size - 1, size, stride);
        long to = bound(stop, stride > 0 ? size : -1, size, stride);
        RangeValue indexes = new RangeValue(from, to, stride);
        if (value instanceof Text text) {
            return slice(text, indexes, budget);
        }
        return value instanceof ListValue list ? slice(list, indexes, budget) : slice((RangeValue) value, indexes);
    }

    private static ListValue slice(ListValue list, RangeValue indexes, Budget budget) {
        budget.elements(indexes.size());
        List<Value> items = new ArrayList<>((int) indexes.size());
        for (long i = 0; i < indexes.size(); i++) {
            items.add(list.items.get((int) indexes.at(i)));
        }
        return list.form == ListValue.Form.TUPLE ? ListValue.tuple(items) : ListValue.list(items);
    }

    private static RangeValue slice(RangeValue range, RangeValue indexes) {
        try {
            return new RangeValue(
                    Math.addExact(range.start(), Math.multiplyExact(indexes.start(), range.step())),
                    Math.addExact(range.start(), Math.multiplyExact(indexes.stop(), range.step())),
                    Math.multiplyExact(indexes.step(), range.step()));
        } catch (ArithmeticException e) {
            throw Numbers.tooLarge();
        }
    }

    /// A bound as Python clips it.
    private static long bound(@Nullable Long given, long otherwise, long size, long stride) {
        if (given == null) {
            return otherwise;
        }
        long lowest = stride > 0 ? 0 : -1;
        long highest = stride > 0 ? size : size - 1;
        long at = given < 0 ? given + size : given;
        return Math.clamp(at, Math.min(lowest, highest), Math.max(lowest, highest));
    }

    private static Text slice(Text text, RangeValue indexes, Budget budget) {
        long size = indexes.size();
        if (size == 0) {
            return Text.EMPTY;
        }
        if (indexes.step() == 1) {
            int from = text.codePointOffset((int) indexes.start(), budget);
            Text tail = text.subSequence(from, text.length());
            return tail.subSequence(0, tail.codePointOffset((int) size, budget));
        }
        if (indexes.step() == -1 && indexes.start() == size - 1) {
            return reverse(text.subSequence(0, text.codePointOffset((int) size, budget)), budget);
        }
        TextBuffer result = new TextBuffer(budget);
        for (long i = 0; i < size; i++) {
            budget.step();
            result.append(codePoint(text, (int) indexes.at(i), budget));
        }
        return result.toText();
    }

    /// The code points in reverse order.
    static Text reverse(Text text, Budget budget) {
        budget.work(text.length());
        TextBuffer result = new TextBuffer(budget);
        int end = text.length();
        while (end > 0) {
            int start = end - Character.charCount(Character.codePointBefore(text, end));
            result.append(text, start, end, text.originAt(start));
            end = start;
        }
        return result.toText();
    }
}
