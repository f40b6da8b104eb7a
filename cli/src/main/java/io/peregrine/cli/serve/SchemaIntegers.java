package io.peregrine.cli.serve;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whole numbers of a range, as GBNF.
final class SchemaIntegers {

    /// What a number without a bound may have: so many digits are exact in every reader of JSON.
    private static final int DIGITS = 15;

    private static final BigInteger MOST = BigInteger.TEN.pow(DIGITS).subtract(BigInteger.ONE);

    private SchemaIntegers() {}

    /// @param min the smallest number, or null
    /// @param max the largest number, or null
    static String gbnf(@Nullable BigInteger min, @Nullable BigInteger max) {
        BigInteger from = min != null ? min : (max == null ? BigInteger.ZERO : max).min(BigInteger.ZERO).subtract(MOST);
        BigInteger to = max != null ? max : (min == null ? BigInteger.ZERO : min).max(BigInteger.ZERO).add(MOST);
        List<String> options = new ArrayList<>();
        if (from.signum() < 0) {
            BigInteger least = to.signum() < 0 ? to.negate() : BigInteger.ONE;
            digits(least.toString(), from.negate().toString()).forEach(option -> options.add("\"-\" " + option));
        }
        if (to.signum() >= 0) {
            options.addAll(digits(from.max(BigInteger.ZERO).toString(), to.toString()));
        }
        return String.join(" | ", options);
    }

    /// Numbers without a sign, from one to another.
    private static List<String> digits(String from, String to) {
        List<String> options = new ArrayList<>();
        if (from.length() == to.length()) {
            sameLength("", from, to, options);
            return options;
        }
        sameLength("", from, "9".repeat(from.length()), options);
        if (to.length() - from.length() > 1) {
            options.add("[1-9] [0-9]{" + from.length() + "," + (to.length() - 2) + "}");
        }
        sameLength("", "1" + "0".repeat(to.length() - 1), to, options);
        return options;
    }

    /// @param prefix the digits before
    private static void sameLength(String prefix, String from, String to, List<String> options) {
        if (from.isEmpty()) {
            options.add(SchemaText.literal(prefix));
            return;
        }
        char low = from.charAt(0);
        char high = to.charAt(0);
        String zeros = "0".repeat(from.length() - 1);
        String nines = "9".repeat(from.length() - 1);
        if (low == high) {
            sameLength(prefix + low, from.substring(1), to.substring(1), options);
            return;
        }
        if (!from.substring(1).equals(zeros)) {
            sameLength(prefix + low, from.substring(1), nines, options);
            low++;
        }
        boolean cut = !to.substring(1).equals(nines);
        if (low <= high - (cut ? 1 : 0)) {
            options.add((prefix.isEmpty() ? "" : SchemaText.literal(prefix) + " ") + "["
                    + SchemaText.range(low, high - (cut ? 1 : 0)) + "]" + tail(from.length() - 1));
        }
        if (cut) {
            sameLength(prefix + high, zeros, to.substring(1), options);
        }
    }

    private static String tail(int digits) {
        return digits == 0 ? "" : " [0-9]{" + digits + "}";
    }
}
