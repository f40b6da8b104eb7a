package io.peregrine.model.template;

import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;

/// The filters by name; those on sequences are in [io.peregrine.model.template.SequenceFilters].
final class Filters {

    /// What a filter does with the value on its left.
    @FunctionalInterface
    interface Filter {
        Value apply(Value input, Arguments arguments, Interpreter interpreter);
    }

    private static final Map<String, Filter> ALL = new HashMap<>();

    static {
        text("trim", (s, a, b) -> {
            Arguments.Bound bound = a.bind("trim", 0, "chars");
            return TextCase.strip(s, bound.unlessNone(0) == null ? null : bound.text(0), true, true, b);
        });
        text("upper", (s, a, b) -> TextCase.upper(s, b));
        text("lower", (s, a, b) -> TextCase.lower(s, b));
        text("title", (s, a, b) -> TextCase.titleFilter(s, b));
        text("capitalize", (s, a, b) -> TextCase.capitalize(s, b));
        text("string", (s, a, b) -> s);
        text("safe", (s, a, b) -> s);
        text("escape", (s, a, b) -> escape(s, b));
        text("e", (s, a, b) -> escape(s, b));
        text("replace", Filters::replace);
        text("indent", Filters::indent);
        text("wordcount", Filters::wordCount);
        text("format", Filters::format);
        ALL.put("tojson", Filters::toJson);
        ALL.put("default", Filters::defaultValue);
        ALL.put("d", Filters::defaultValue);
        ALL.put("length", Filters::length);
        ALL.put("count", Filters::length);
        ALL.put("int", Filters::toInteger);
        ALL.put("float", Filters::toFloat);
        ALL.put("abs", Filters::absolute);
        ALL.put("round", Filters::round);
        SequenceFilters.addTo(ALL);
    }

    private Filters() {}

    static boolean exists(String name) {
        return ALL.containsKey(name);
    }

    static Value apply(String name, Value input, Arguments arguments, Interpreter interpreter) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw new Failure("there is no filter '" + name + "'");
        }
        return filter.apply(input, arguments, interpreter);
    }

    /// Adds a filter that works on the text of any value.
    private static void text(String name, Method.Body<Text> body) {
        ALL.put(
                name,
                (input, arguments, interpreter) ->
                        body.call(Display.text(input, interpreter.budget()), arguments, interpreter.budget()));
    }

    private static Value escape(Text text, Budget budget) {
        budget.work(text.length());
        TextBuffer out = new TextBuffer(budget);
        text.forEachRun((chars, from, to, origin) -> {
            for (int i = from; i < to; i++) {
                switch (chars.charAt(i)) {
                    case '&' -> out.append("&amp;", origin);
                    case '<' -> out.append("&lt;", origin);
                    case '>' -> out.append("&gt;", origin);
                    case '"' -> out.append("&#34;", origin);
                    case '\'' -> out.append("&#39;", origin);
                    default -> out.append(chars, i, i + 1, origin);
                }
            }
            return out;
        });
        return out.toText();
    }

    private static Value replace(Text text, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("replace", 2, "old", "new", "count");
        Text old = Display.text(bound.value(0), budget);
        Text replacement = Display.text(bound.value(1), budget);
        long limit = bound.unlessNone(2) == null ? -1 : bound.integer(2, -1);
        return TextSearch.replace(text, old, replacement, limit, budget);
    }

    private static Value indent(Text text, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("indent", 0, "width", "first", "blank");
        Text indent = SequenceFilters.indentation(bound.value(0, new NumberValue.Int(4)), budget);
        boolean first = bound.truth(1, false);
        boolean blank = bound.truth(2, false);
        TextBuffer out = new TextBuffer(budget);
        boolean begin = true;
        Text whole = text.concat(Text.of("\n", Origin.TEMPLATE), budget);
        for (Value value : TextSearch.lines(whole, false, budget)) {
            Text line = (Text) value;
            if (!begin) {
                out.append("\n", Origin.TEMPLATE);
            }
            if (begin ? first : blank || !line.isEmpty()) {
                out.append(indent);
            }
            out.append(line);
            begin = false;
        }
        return out.toText();
    }

    private static Value wordCount(Text text, Arguments arguments, Budget budget) {
        budget.work(text.length());
        long words = 0;
        boolean inside = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean word = Character.isLetterOrDigit(c) || c == '_' || Character.isSurrogate(c);
            if (word && !inside) {
                words++;
            }
            inside = word;
        }
        return new NumberValue.Int(words);
    }

    private static Value format(Text format, Arguments arguments, Budget budget) {
        if (arguments.named().isEmpty()) {
            return PercentFormat.apply(format, ListValue.tuple(arguments.positional()), budget);
        }
        DictValue named = new DictValue();
        arguments.named().forEach((name, value) -> named.put(Text.of(name, Origin.TEMPLATE), value, budget));
        return PercentFormat.apply(format, named, budget);
    }

    private static Value toJson(Value input, Arguments arguments, Interpreter interpreter) {
        Budget budget = interpreter.budget();
        Arguments.Bound bound = arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        Value width = bound.unlessNone(1);
        Text indent = width == null ? null : SequenceFilters.indentation(width, budget);
        Text item = Text.of(indent == null ? ", " : ",", Origin.TEMPLATE);
        Text key = Text.of(": ", Origin.TEMPLATE);
        Value separators = bound.unlessNone(2);
        if (separators != null) {
            if (!(separators instanceof ListValue pair
                    && pair.items.size() == 2
                    && pair.items.get(0) instanceof Text first
                    && pair.items.get(1) instanceof Text second)) {
                throw new Failure("the separators of tojson are two strings");
            }
            item = first;
            key = second;
        }
        JsonWriter.Layout layout =
                new JsonWriter.Layout(indent, item, key, bound.truth(0, false), bound.truth(3, false));
        return JsonWriter.write(input, layout, budget);
    }

    private static Value defaultValue(Value input, Arguments arguments, Interpreter interpreter) {
        Arguments.Bound bound = arguments.bind("default", 0, "default_value", "boolean");
        boolean missing = input instanceof Undefined || (bound.truth(1, false) && !Truth.of(input));
        return missing ? bound.value(0, Text.EMPTY) : input;
    }

    private static Value length(Value input, Arguments arguments, Interpreter interpreter) {
        return new NumberValue.Int(Sequences.length(input, interpreter.budget()));
    }

    private static Value toInteger(Value input, Arguments arguments, Interpreter interpreter) {
        Arguments.Bound bound = arguments.bind("int", 0, "default", "base");
        Value otherwise = bound.value(0, NumberValue.Int.ZERO);
        switch (input) {
            case NumberValue.Float real -> {
                boolean finite = !Double.isNaN(real.value()) && !Double.isInfinite(real.value());
                return finite ? new NumberValue.Int(Numbers.truncate(real.value())) : otherwise;
            }
            case NumberValue number -> {
                return new NumberValue.Int(number.whole());
            }
            case Text text -> {
                long base = bound.integer(1, 10);
                if (base != 0 && (base < Character.MIN_RADIX || base > Character.MAX_RADIX)) {
                    return otherwise;
                }
                Long whole = Numbers.parseInteger(text, (int) base);
                if (whole != null) {
                    return new NumberValue.Int(whole);
                }
                Double real = Numbers.parseFloat(text);
                if (real == null || real.isNaN() || real.isInfinite()) {
                    return otherwise;
                }
                return new NumberValue.Int(Numbers.truncate(real));
            }
            case Undefined undefined -> throw undefined.failure();
            default -> {
                return otherwise;
            }
        }
    }

    private static Value toFloat(Value input, Arguments arguments, Interpreter interpreter) {
        Value otherwise = arguments.bind("float", 0, "default").value(0, new NumberValue.Float(0));
        switch (input) {
            case NumberValue number -> {
                return new NumberValue.Float(number.real());
            }
            case Text text -> {
                Double real = Numbers.parseFloat(text);
                return real == null ? otherwise : new NumberValue.Float(real);
            }
            case Undefined undefined -> throw undefined.failure();
            default -> {
                return otherwise;
            }
        }
    }

    private static NumberValue number(String filter, Value input) {
        if (input instanceof NumberValue number) {
            return number;
        }
        throw input instanceof Undefined undefined
                ? undefined.failure()
                : new Failure(filter + " needs a number, found " + Kind.withArticle(input));
    }

    private static Value absolute(Value input, Arguments arguments, Interpreter interpreter) {
        arguments.bind("abs", 0);
        NumberValue number = number("abs", input);
        if (number instanceof NumberValue.Float real) {
            return new NumberValue.Float(Math.abs(real.value()));
        }
        return number.whole() < 0 ? Arithmetic.sign(number, true) : new NumberValue.Int(number.whole());
    }

    private static Value round(Value input, Arguments arguments, Interpreter interpreter) {
        Arguments.Bound bound = arguments.bind("round", 0, "precision", "method");
        NumberValue number = number("round", input);
        int digits = Math.clamp(bound.integer(0, 0), -1000, 1000);
        String method = bound.optional(1) == null ? "common" : bound.text(1).toString();
        RoundingMode mode = switch (method) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw new Failure("round knows the methods common, ceil and floor, found '" + method + "'");
        };
        if (number instanceof NumberValue.Float || mode != RoundingMode.HALF_EVEN) {
            return new NumberValue.Float(Numbers.round(number.real(), digits, mode));
        }
        return new NumberValue.Int(digits >= 0 ? number.whole() : Numbers.round(number.whole(), digits));
    }
}
