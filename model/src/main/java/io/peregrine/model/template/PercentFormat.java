package io.peregrine.model.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/// The `%` operator of strings: conversions `s r d i f x %`, flags `- 0 +`, width and precision.
final class PercentFormat {

    private static final int MAX_PRECISION = 400;
    private static final int DEFAULT_DECIMALS = 6;

    private final Text format;
    private final Value values;
    private final List<Value> sequence;
    private final Budget budget;
    private final TextBuffer out;
    private int at;
    private int used;

    private PercentFormat(Text format, Value values, Budget budget) {
        this.format = format;
        this.values = values;
        this.sequence =
                values instanceof ListValue list && list.form == ListValue.Form.TUPLE ? list.items : List.of(values);
        this.budget = budget;
        this.out = new TextBuffer(budget);
    }

    /// @param values a tuple, a mapping for `%(name)s`, or one value
    static Text apply(Text format, Value values, Budget budget) {
        return new PercentFormat(format, values, budget).run();
    }

    private Text run() {
        budget.work(format.length());
        int plain = 0;
        boolean named = false;
        while (at < format.length()) {
            if (format.charAt(at) != '%') {
                at++;
                continue;
            }
            out.append(format.subSequence(plain, at));
            at++;
            named |= conversion();
            plain = at;
        }
        out.append(format.subSequence(plain, at));
        if (!named && used < sequence.size() && !(values instanceof DictValue)) {
            throw new Failure("'%' has " + sequence.size() + " values for " + used + " conversions");
        }
        return out.toText();
    }

    /// One conversion, from behind its `%`; says whether it is named.
    private boolean conversion() {
        budget.step();
        Value value = null;
        if (peek() == '(') {
            int end = at + 1;
            while (end < format.length() && format.charAt(end) != ')') {
                end++;
            }
            Text name = format.subSequence(at + 1, end);
            if (!(values instanceof DictValue dict)) {
                throw new Failure("'%(" + name + ")' needs a mapping, found " + Kind.withArticle(values));
            }
            value = dict.get(name, budget);
            if (value == null) {
                throw new Failure("'%(" + name + ")' names a key that the mapping does not have");
            }
            at = Math.min(end + 1, format.length());
        }
        boolean named = value != null;
        boolean left = false;
        boolean zero = false;
        boolean plus = false;
        while ("-0+".indexOf(peek()) >= 0) {
            switch (format.charAt(at)) {
                case '-' -> left = true;
                case '0' -> zero = true;
                default -> plus = true;
            }
            at++;
        }
        int width = number(Integer.MAX_VALUE);
        int precision = -1;
        if (peek() == '.') {
            at++;
            precision = number(MAX_PRECISION);
        }
        char kind = peek();
        at++;
        if (kind == '%') {
            out.append("%", Origin.TEMPLATE);
            return named;
        }
        if (value == null) {
            if (used >= sequence.size()) {
                throw new Failure("'%' has only " + sequence.size() + " values, and a conversion more");
            }
            value = sequence.get(used);
            used++;
        }
        if (kind == 's' || kind == 'r') {
            Text text = kind == 's' ? Display.text(value, budget) : repr(value);
            if (precision >= 0 && precision < text.codePointLength(budget)) {
                text = text.subSequence(0, text.codePointOffset(precision, budget));
            }
            pad(text, width, left, false);
            return named;
        }
        String digits = number(kind, value, precision);
        if (plus && !digits.startsWith("-")) {
            digits = "+" + digits;
        }
        pad(Text.of(digits, Origin.TEMPLATE), width, left, zero);
        return named;
    }

    private Text repr(Value value) {
        TextBuffer text = new TextBuffer(budget);
        Display.repr(value, text, budget);
        return text.toText();
    }

    private static String number(char kind, Value value, int precision) {
        if ("dixf".indexOf(kind) < 0) {
            throw new Failure("'%" + kind + "' is not a known conversion; known are s r d i f x %");
        }
        if (!(value instanceof NumberValue number)) {
            throw new Failure("'%" + kind + "' needs a number, found " + Kind.withArticle(value));
        }
        if (kind == 'f') {
            return fixed(number.real(), precision < 0 ? DEFAULT_DECIMALS : precision);
        }
        if (!(number instanceof NumberValue.Float real)) {
            return digits(number.whole(), kind == 'x' ? 16 : 10, precision);
        }
        if (kind == 'x') {
            throw new Failure("'%x' needs an integer, found a float");
        }
        return digits(Numbers.truncate(real.value()), 10, precision);
    }

    private static String digits(long value, int radix, int precision) {
        String digits = Long.toString(value, radix);
        String unsigned = value < 0 ? digits.substring(1) : digits;
        String padded = "0".repeat(Math.max(0, precision - unsigned.length())) + unsigned;
        return value < 0 ? "-" + padded : padded;
    }

    /// A float with `precision` decimals.
    private static String fixed(double value, int precision) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Numbers.repr(value);
        }
        String digits = new BigDecimal(Math.abs(value))
                .setScale(precision, RoundingMode.HALF_EVEN)
                .toPlainString();
        return Double.doubleToRawLongBits(value) < 0 ? "-" + digits : digits;
    }

    private void pad(Text text, int width, boolean left, boolean zero) {
        int missing = width - text.codePointLength(budget);
        if (missing <= 0) {
            out.append(text);
            return;
        }
        budget.bytes(missing);
        if (left) {
            out.append(text).append(" ".repeat(missing), Origin.TEMPLATE);
        } else if (zero) {
            int sign = !text.isEmpty() && "+-".indexOf(text.charAt(0)) >= 0 ? 1 : 0;
            out.append(text.subSequence(0, sign)).append("0".repeat(missing), Origin.TEMPLATE);
            out.append(text.subSequence(sign, text.length()));
        } else {
            out.append(" ".repeat(missing), Origin.TEMPLATE).append(text);
        }
    }

    private char peek() {
        if (at >= format.length()) {
            throw new Failure("'%' has a conversion without an end");
        }
        return format.charAt(at);
    }

    private int number(int limit) {
        long value = 0;
        while (at < format.length() && format.charAt(at) >= '0' && format.charAt(at) <= '9') {
            value = value * 10 + format.charAt(at) - '0';
            if (value > limit) {
                throw new Failure("'%' has a width or precision beyond " + limit);
            }
            at++;
        }
        return (int) value;
    }
}
