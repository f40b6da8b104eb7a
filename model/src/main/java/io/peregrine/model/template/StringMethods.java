package io.peregrine.model.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The methods of strings.
final class StringMethods {

    private static final Map<String, Method.Body<Text>> ALL = Map.ofEntries(
            Map.entry("strip", (s, a, b) -> strip(s, a, "strip", true, true, b)),
            Map.entry("lstrip", (s, a, b) -> strip(s, a, "lstrip", true, false, b)),
            Map.entry("rstrip", (s, a, b) -> strip(s, a, "rstrip", false, true, b)),
            Map.entry("split", StringMethods::split),
            Map.entry("rsplit", StringMethods::splitFromEnd),
            Map.entry(
                    "splitlines",
                    (s, a, b) -> ListValue.list(TextSearch.lines(
                            s, a.bind("splitlines", 0, "keepends").truth(0, false), b))),
            Map.entry("startswith", (s, a, b) -> startsOrEnds(s, a, "startswith", true, b)),
            Map.entry("endswith", (s, a, b) -> startsOrEnds(s, a, "endswith", false, b)),
            Map.entry("upper", (s, a, b) -> TextCase.upper(none(s, a, "upper"), b)),
            Map.entry("lower", (s, a, b) -> TextCase.lower(none(s, a, "lower"), b)),
            Map.entry("title", (s, a, b) -> TextCase.title(none(s, a, "title"), b)),
            Map.entry("capitalize", (s, a, b) -> TextCase.capitalize(none(s, a, "capitalize"), b)),
            Map.entry("replace", StringMethods::replace),
            Map.entry("find", (s, a, b) -> new NumberValue.Int(find(s, a, "find", b))),
            Map.entry("index", StringMethods::index),
            Map.entry(
                    "count",
                    (s, a, b) -> new NumberValue.Int(
                            TextSearch.count(s, a.bind("count", 1, "sub").text(0), b))),
            Map.entry("join", (s, a, b) -> join(s, a.bind("join", 1, "iterable").value(0), b)),
            Map.entry("format", BraceFormat::apply),
            Map.entry(
                    "removeprefix",
                    (s, a, b) ->
                            removeEnd(s, a.bind("removeprefix", 1, "prefix").text(0), true, b)),
            Map.entry(
                    "removesuffix",
                    (s, a, b) ->
                            removeEnd(s, a.bind("removesuffix", 1, "suffix").text(0), false, b)));

    private StringMethods() {}

    static @Nullable Value find(Text receiver, String name) {
        Method.Body<Text> body = ALL.get(name);
        return body == null ? null : new Method<>(name, receiver, body);
    }

    private static Text none(Text receiver, Arguments arguments, String name) {
        arguments.bind(name, 0);
        return receiver;
    }

    private static Text strip(
            Text receiver, Arguments arguments, String name, boolean left, boolean right, Budget budget) {
        Arguments.Bound bound = arguments.bind(name, 0, "chars");
        Text chars = bound.unlessNone(0) == null ? null : bound.text(0);
        return TextCase.strip(receiver, chars, left, right, budget);
    }

    private static Value split(Text receiver, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("split", 0, "sep", "maxsplit");
        long limit = bound.integer(1, -1);
        return ListValue.list(
                bound.unlessNone(0) == null
                        ? TextSearch.words(receiver, limit, budget)
                        : TextSearch.split(receiver, bound.text(0), limit, budget));
    }

    private static Value splitFromEnd(Text receiver, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("rsplit", 0, "sep", "maxsplit");
        long limit = bound.integer(1, -1);
        return ListValue.list(
                bound.unlessNone(0) == null
                        ? TextSearch.wordsFromEnd(receiver, limit, budget)
                        : TextSearch.splitFromEnd(receiver, bound.text(0), limit, budget));
    }

    private static Value startsOrEnds(Text receiver, Arguments arguments, String name, boolean start, Budget budget) {
        Arguments.Bound bound = arguments.bind(name, 1, "prefix");
        boolean tuple = bound.value(0) instanceof ListValue list && list.form == ListValue.Form.TUPLE;
        List<Value> candidates = tuple ? Cursor.list(bound.value(0), budget) : List.of(bound.text(0));
        for (Value candidate : candidates) {
            if (!(candidate instanceof Text part)) {
                throw new Failure(name + " needs a string or a tuple of strings");
            }
            budget.work(part.length());
            if (TextSearch.startsWith(receiver, part, start ? 0 : receiver.length() - part.length())) {
                return NumberValue.Bool.TRUE;
            }
        }
        return NumberValue.Bool.FALSE;
    }

    private static Value replace(Text receiver, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("replace", 2, "old", "new", "count");
        return TextSearch.replace(receiver, bound.text(0), bound.text(1), bound.integer(2, -1), budget);
    }

    private static long find(Text receiver, Arguments arguments, String name, Budget budget) {
        Text part = arguments.bind(name, 1, "sub").text(0);
        int found = TextSearch.find(receiver, part, 0, budget);
        return found < 0 ? -1 : receiver.subSequence(0, found).codePointLength(budget);
    }

    private static Value index(Text receiver, Arguments arguments, Budget budget) {
        long found = find(receiver, arguments, "index", budget);
        if (found < 0) {
            throw new Failure("index did not find the string; use find, which gives -1");
        }
        return new NumberValue.Int(found);
    }

    /// The strings of `items` with `separator` between them.
    static Text join(Text separator, Value items, Budget budget) {
        TextBuffer result = new TextBuffer(budget);
        Cursor cursor = Cursor.of(items, budget);
        boolean first = true;
        for (Value item = cursor.next(); item != null; item = cursor.next()) {
            budget.step();
            if (!first) {
                result.append(separator);
            }
            first = false;
            if (!(item instanceof Text text)) {
                throw new Failure("join needs strings, found " + Kind.withArticle(item));
            }
            result.append(text);
        }
        return result.toText();
    }

    private static Text removeEnd(Text receiver, Text part, boolean start, Budget budget) {
        budget.work(part.length());
        if (!TextSearch.startsWith(receiver, part, start ? 0 : receiver.length() - part.length())) {
            return receiver;
        }
        return start
                ? receiver.subSequence(part.length(), receiver.length())
                : receiver.subSequence(0, receiver.length() - part.length());
    }
}
