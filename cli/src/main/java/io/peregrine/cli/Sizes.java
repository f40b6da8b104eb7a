package io.peregrine.cli;

import io.peregrine.model.ImageCost;
import java.time.Duration;
import java.util.Locale;

/// Large numbers for people.
final class Sizes {

    private Sizes() {}

    /// `2306784` as `2.31 MB`: decimal units, three digits.
    static String bytes(long bytes) {
        return scaled(bytes, "B", "kB", "MB", "GB", "TB");
    }

    /// `3100000` as `3.10 M`.
    static String count(long count) {
        return scaled(count, "", "k", "M", "G", "T").stripTrailing();
    }

    /// `1.234 s`, or `12 ms` below a second.
    static String seconds(Duration time) {
        return time.toMillis() < 1000
                ? String.format(Locale.ROOT, "%.0f ms", time.toNanos() * 1e-6)
                : String.format(Locale.ROOT, "%.2f s", time.toNanos() * 1e-9);
    }

    /// `273 tokens`, or `832 tokens in 13 views`.
    static String cost(ImageCost cost) {
        int views = cost.views().size();
        return cost.tokens() + " tokens" + (views > 1 ? " in " + views + " views" : "");
    }

    private static String scaled(long value, String... units) {
        if (value < 1000) {
            return value + " " + units[0];
        }
        double scaled = value;
        int unit = 0;
        while (scaled >= 999.5 && unit < units.length - 1) {
            scaled /= 1000;
            unit++;
        }
        int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + decimals + "f %s", scaled, units[unit]);
    }
}
