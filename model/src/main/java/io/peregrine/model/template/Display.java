package io.peregrine.model.template;

import java.util.Map;

/// Values as text: Python's `str` and `repr`.
final class Display {

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private Display() {}

    /// What `{{ value }}` prints.
    static Text text(Value value, Budget budget) {
        return switch (value) {
            case Text text -> text;
            case Undefined u -> Text.EMPTY;
            case NoneValue n -> constant("None");
            case NumberValue number -> constant(number(number));
            default -> {
                TextBuffer out = new TextBuffer(budget);
                repr(value, out, budget);
                yield out.toText();
            }
        };
    }

    private static Text constant(String text) {
        return Text.of(text, Origin.TEMPLATE);
    }

    static String number(NumberValue number) {
        return switch (number) {
            case NumberValue.Int i -> Long.toString(i.value());
            case NumberValue.Float f -> Numbers.repr(f.value());
            case NumberValue.Bool b -> b.value() ? "True" : "False";
        };
    }

    /// What Python's `repr(value)` is, with the origins of strings kept.
    static void repr(Value value, TextBuffer out, Budget budget) {
        budget.enterToWrite();
        switch (value) {
            case Text text -> quote(text, out, budget);
            case NumberValue number -> out.append(number(number), Origin.TEMPLATE);
            case NoneValue n -> out.append("None", Origin.TEMPLATE);
            case Undefined u -> out.append("Undefined", Origin.TEMPLATE);
            case ListValue list -> list(list, out, budget);
            case DictValue dict -> {
                out.append("{", Origin.TEMPLATE);
                String separator = "";
                for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
                    out.append(separator, Origin.TEMPLATE);
                    separator = ", ";
                    repr(entry.getKey(), out, budget);
                    out.append(": ", Origin.TEMPLATE);
                    repr(entry.getValue(), out, budget);
                }
                out.append("}", Origin.TEMPLATE);
            }
            case RangeValue range ->
                out.append(
                        "range(" + range.start() + ", " + range.stop() + (range.step() == 1 ? "" : ", " + range.step())
                                + ")",
                        Origin.TEMPLATE);
            case Namespace n -> out.append("<Namespace>", Origin.TEMPLATE);
            case Callable c -> out.append("<Function>", Origin.TEMPLATE);
            case Loop l -> out.append("<Loop>", Origin.TEMPLATE);
        }
        budget.leave();
    }

    private static void list(ListValue list, TextBuffer out, Budget budget) {
        boolean tuple = list.form == ListValue.Form.TUPLE;
        out.append(tuple ? "(" : "[", Origin.TEMPLATE);
        String separator = "";
        for (Value item : list.items) {
            out.append(separator, Origin.TEMPLATE);
            separator = ", ";
            repr(item, out, budget);
        }
        out.append(tuple ? list.items.size() == 1 ? ",)" : ")" : "]", Origin.TEMPLATE);
    }

    private static void quote(Text text, TextBuffer out, Budget budget) {
        budget.work(text.length());
        boolean single = false;
        boolean twofold = false;
        for (int i = 0; i < text.length(); i++) {
            single |= text.charAt(i) == '\'';
            twofold |= text.charAt(i) == '"';
        }
        char quote = single && !twofold ? '"' : '\'';
        out.append(String.valueOf(quote), Origin.TEMPLATE);
        text.forEachRun((chars, from, to, origin) -> {
            int plain = from;
            int at = from;
            while (at < to) {
                int codePoint = Character.codePointAt(chars, at);
                int next = Math.min(to, at + Character.charCount(codePoint));
                if (codePoint == quote || codePoint == '\\' || (!isPrintable(codePoint) && !Origin.isPlace(origin))) {
                    out.append(chars, plain, at, origin).append(escape(codePoint), origin);
                    plain = next;
                }
                at = next;
            }
            return out.append(chars, plain, to, origin);
        });
        out.append(String.valueOf(quote), Origin.TEMPLATE);
    }

    private static String escape(int codePoint) {
        return switch (codePoint) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\\' -> "\\\\";
            case '\'' -> "\\'";
            case '"' -> "\\\"";
            default ->
                codePoint <= 0xFF
                        ? hex("\\x", codePoint, 2)
                        : codePoint <= 0xFFFF ? hex("\\u", codePoint, 4) : hex("\\U", codePoint, 8);
        };
    }

    /// `prefix` and `digits` hexadecimal digits.
    static String hex(String prefix, int value, int digits) {
        StringBuilder text = new StringBuilder(prefix);
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            text.append(HEX[(value >>> shift) & 0xF]);
        }
        return text.toString();
    }

    private static boolean isPrintable(int codePoint) {
        if (codePoint >= ' ' && codePoint < 0x7F) {
            return true;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }
}
