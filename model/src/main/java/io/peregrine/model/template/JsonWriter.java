package io.peregrine.model.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The `tojson` filter as Hugging Face defines it: Python's `json.dumps`, without HTML escapes.
final class JsonWriter {

    /// How to write.
    ///
    /// @param indent the text of one level, or null for everything on one line
    record Layout(@Nullable Text indent, Text itemSeparator, Text keySeparator, boolean ascii, boolean sorted) {}

    private final TextBuffer out;
    private final Budget budget;
    private final Layout layout;

    private JsonWriter(TextBuffer out, Layout layout, Budget budget) {
        this.out = out;
        this.layout = layout;
        this.budget = budget;
    }

    static Text write(Value value, Layout layout, Budget budget) {
        TextBuffer out = new TextBuffer(budget);
        new JsonWriter(out, layout, budget).write(value, 0);
        return out.toText();
    }

    private void write(Value value, int level) {
        budget.enterToWrite();
        switch (value) {
            case Text text -> string(text);
            case NumberValue number -> out.append(number(number), Origin.TEMPLATE);
            case NoneValue n -> out.append("null", Origin.TEMPLATE);
            case ListValue list -> list(list.items, level);
            case DictValue dict -> dict(dict, level);
            case Undefined undefined -> throw undefined.failure();
            default -> throw new Failure("tojson cannot write " + Kind.withArticle(value));
        }
        budget.leave();
    }

    private static String number(NumberValue number) {
        return switch (number) {
            case NumberValue.Bool b -> b.value() ? "true" : "false";
            case NumberValue.Float f when Double.isNaN(f.value()) -> "NaN";
            case NumberValue.Float f when Double.isInfinite(f.value()) -> f.value() > 0 ? "Infinity" : "-Infinity";
            default -> Display.number(number);
        };
    }

    private void list(List<Value> items, int level) {
        if (items.isEmpty()) {
            out.append("[]", Origin.TEMPLATE);
            return;
        }
        out.append("[", Origin.TEMPLATE);
        boolean first = true;
        for (Value item : items) {
            separate(first, level + 1);
            first = false;
            write(item, level + 1);
        }
        newline(level);
        out.append("]", Origin.TEMPLATE);
    }

    private void dict(DictValue dict, int level) {
        if (dict.entries().isEmpty()) {
            out.append("{}", Origin.TEMPLATE);
            return;
        }
        List<Map.Entry<Value, Value>> entries = new ArrayList<>(dict.entries().entrySet());
        if (layout.sorted()) {
            budget.elements(entries.size());
            entries.sort(Map.Entry.comparingByKey(Comparison.comparator(budget)));
        }
        out.append("{", Origin.TEMPLATE);
        boolean first = true;
        for (Map.Entry<Value, Value> entry : entries) {
            separate(first, level + 1);
            first = false;
            string(key(entry.getKey()));
            out.append(layout.keySeparator());
            write(entry.getValue(), level + 1);
        }
        newline(level);
        out.append("}", Origin.TEMPLATE);
    }

    private static Text key(Value key) {
        return switch (key) {
            case Text text -> text;
            case NumberValue number -> Text.of(number(number), Origin.TEMPLATE);
            default -> Text.of("null", Origin.TEMPLATE);
        };
    }

    private void separate(boolean first, int level) {
        if (!first) {
            out.append(layout.itemSeparator());
        }
        newline(level);
    }

    private void newline(int level) {
        Text indent = layout.indent();
        if (indent == null) {
            return;
        }
        out.append("\n", Origin.TEMPLATE);
        for (int i = 0; i < level; i++) {
            out.append(indent);
        }
    }

    private void string(Text text) {
        budget.work(text.length());
        out.append("\"", Origin.TEMPLATE);
        text.forEachRun((chars, from, to, origin) -> {
            int plain = from;
            for (int at = from; at < to; at++) {
                String escape = escape(chars.charAt(at), Origin.isPlace(origin));
                if (escape != null) {
                    out.append(chars, plain, at, origin).append(escape, origin);
                    plain = at + 1;
                }
            }
            return out.append(chars, plain, to, origin);
        });
        out.append("\"", Origin.TEMPLATE);
    }

    private @Nullable String escape(char c, boolean image) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            default -> c < ' ' || (layout.ascii() && c > '~' && !image) ? Display.hex("\\u", c, 4) : null;
        };
    }
}
