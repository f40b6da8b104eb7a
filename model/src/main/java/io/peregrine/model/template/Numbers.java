package io.peregrine.model.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Numbers as Python writes, reads and rounds them.
final class Numbers {

    /// Decimal exponents from which on Python writes a float with an exponent.
    private static final int MIN_FIXED_POINT = -4;

    private static final int MAX_FIXED_POINT = 16;

    /// More digits than any 64-bit number needs; longer text is not looked at.
    private static final int MAX_NUMBER_CHARS = 1000;

    private Numbers() {}

    /// The shortest text that reads back as the same float, in Python's layout.
    static String repr(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
        if (value == 0) {
            return sign + "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        int point = digits.length() - shortest.scale();
        if (point <= MIN_FIXED_POINT || point > MAX_FIXED_POINT) {
            int exponent = point - 1;
            String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
            String padded = Math.abs(exponent) < 10 ? "0" + Math.abs(exponent) : "" + Math.abs(exponent);
            return sign + digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+") + padded;
        }
        if (point <= 0) {
            return sign + "0." + "0".repeat(-point) + digits;
        }
        if (point >= digits.length()) {
            return sign + digits + "0".repeat(point - digits.length()) + ".0";
        }
        return sign + digits.substring(0, point) + "." + digits.substring(point);
    }

    /// `int(text, base)` of Python, or null when the text is not an integer in that base.
    static @Nullable Long parseInteger(Text text, int base) {
        String digits = strip(text);
        if (digits == null || digits.isEmpty()) {
            return null;
        }
        boolean negative = digits.charAt(0) == '-';
        if (negative || digits.charAt(0) == '+') {
            digits = digits.substring(1);
        }
        String lower = digits.toLowerCase(Locale.ROOT);
        int radix = base;
        int prefix = lower.startsWith("0x") ? 16 : lower.startsWith("0o") ? 8 : lower.startsWith("0b") ? 2 : 0;
        if (prefix != 0 && (base == prefix || base == 0)) {
            digits = digits.substring(2);
            radix = prefix;
            if (digits.startsWith("_")) {
                digits = digits.substring(1);
            }
        } else if (base == 0) {
            radix = 10;
        }
        long value = 0;
        boolean afterDigit = false;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c == '_' && afterDigit && i + 1 < digits.length()) {
                afterDigit = false;
                continue;
            }
            int digit = Character.digit(c, radix);
            if (digit < 0) {
                return null;
            }
            afterDigit = true;
            try {
                value = Math.subtractExact(Math.multiplyExact(value, radix), digit);
            } catch (ArithmeticException e) {
                throw tooLarge();
            }
        }
        if (!afterDigit) {
            return null;
        }
        if (!negative && value == Long.MIN_VALUE) {
            throw tooLarge();
        }
        return negative ? value : -value;
    }

    /// `float(text)` of Python, or null when the text is not a number.
    static @Nullable Double parseFloat(Text text) {
        String digits = strip(text);
        if (digits == null || digits.isEmpty()) {
            return null;
        }
        String lower = digits.toLowerCase(Locale.ROOT);
        String unsigned = lower.startsWith("-") || lower.startsWith("+") ? lower.substring(1) : lower;
        double sign = lower.startsWith("-") ? -1 : 1;
        switch (unsigned) {
            case "inf", "infinity" -> {
                return sign * Double.POSITIVE_INFINITY;
            }
            case "nan" -> {
                return Double.NaN;
            }
            default -> {}
        }
        boolean digitSeen = false;
        StringBuilder plain = new StringBuilder(lower.length());
        for (int i = 0; i < lower.length(); i++) {
            char c = lower.charAt(i);
            boolean digit = c >= '0' && c <= '9';
            if (c == '_') {
                boolean between =
                        i > 0 && isDigit(lower.charAt(i - 1)) && i + 1 < lower.length() && isDigit(lower.charAt(i + 1));
                if (!between) {
                    return null;
                }
                continue;
            }
            if (!digit && c != '.' && c != 'e' && c != '+' && c != '-') {
                return null;
            }
            digitSeen |= digit;
            plain.append(c);
        }
        if (!digitSeen) {
            return null;
        }
        try {
            return Double.valueOf(plain.toString());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static @Nullable String strip(Text text) {
        int start = 0;
        int end = text.length();
        while (start < end && Whitespace.is(text.charAt(start))) {
            start++;
        }
        while (end > start && Whitespace.is(text.charAt(end - 1))) {
            end--;
        }
        if (end - start > MAX_NUMBER_CHARS) {
            return null;
        }
        return text.subSequence(start, end).toString();
    }

    /// A float cut to an integer.
    static long truncate(double value) {
        if (Double.isNaN(value) || Math.abs(value) >= 0x1p63) {
            throw tooLarge();
        }
        return (long) value;
    }

    /// `round(value, digits)` of Python: exact halves go to the even neighbour.
    static double round(double value, int digits, RoundingMode mode) {
        if (Double.isNaN(value) || Double.isInfinite(value) || digits > 400) {
            return value;
        }
        if (digits < -400) {
            return 0;
        }
        return new BigDecimal(value).setScale(digits, mode).doubleValue();
    }

    /// `round(value, digits)` of an integer, with `digits` negative.
    static long round(long value, int digits) {
        try {
            return new BigDecimal(value)
                    .setScale(digits, RoundingMode.HALF_EVEN)
                    .longValueExact();
        } catch (ArithmeticException e) {
            throw tooLarge();
        }
    }

    static Failure tooLarge() {
        return new Failure("the result does not fit into a 64-bit integer");
    }
}
