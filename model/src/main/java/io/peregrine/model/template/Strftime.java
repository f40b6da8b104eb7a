package io.peregrine.model.template;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.util.Locale;

/// Python's `strftime` in the C locale: `%a %A %b %B %d %e %H %I %j %m %M %p %S %f %y %Y %F %T %%`, each
/// also as `%-d` without leading zeros or blanks.
final class Strftime {

    private Strftime() {}

    static Text format(Text format, LocalDateTime time, Budget budget) {
        TextBuffer out = new TextBuffer(budget);
        int plain = 0;
        int at = 0;
        while (at < format.length()) {
            if (format.charAt(at) != '%') {
                at++;
                continue;
            }
            out.append(format.subSequence(plain, at));
            boolean bare = at + 1 < format.length() && format.charAt(at + 1) == '-';
            int code = bare ? at + 2 : at + 1;
            if (code >= format.length()) {
                throw new Failure("strftime_now has a '%' without a code behind it");
            }
            out.append(field(format.charAt(code), bare, time), Origin.TEMPLATE);
            at = code + 1;
            plain = at;
        }
        return out.append(format.subSequence(plain, at)).toText();
    }

    private static String field(char code, boolean bare, LocalDateTime time) {
        return switch (code) {
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b' -> time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'd' -> digits(time.getDayOfMonth(), bare ? 1 : 2);
            case 'e' -> (bare || time.getDayOfMonth() > 9 ? "" : " ") + time.getDayOfMonth();
            case 'H' -> digits(time.getHour(), bare ? 1 : 2);
            case 'I' -> digits(time.get(ChronoField.CLOCK_HOUR_OF_AMPM), bare ? 1 : 2);
            case 'j' -> digits(time.getDayOfYear(), bare ? 1 : 3);
            case 'm' -> digits(time.getMonthValue(), bare ? 1 : 2);
            case 'M' -> digits(time.getMinute(), bare ? 1 : 2);
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'S' -> digits(time.getSecond(), bare ? 1 : 2);
            case 'f' -> digits(time.getNano() / 1000, 6);
            case 'y' -> digits(time.getYear() % 100, bare ? 1 : 2);
            case 'Y' -> digits(time.getYear(), 4);
            case 'F' -> field('Y', false, time) + "-" + field('m', false, time) + "-" + field('d', false, time);
            case 'T' -> field('H', false, time) + ":" + field('M', false, time) + ":" + field('S', false, time);
            case '%' -> "%";
            default ->
                throw new Failure("strftime_now does not know '%" + code
                        + "'; known are %a %A %b %B %d %e %H %I %j %m %M %p %S %f %y %Y %F %T %%");
        };
    }

    private static String digits(int value, int width) {
        String digits = Integer.toString(value);
        return "0".repeat(Math.max(0, width - digits.length())) + digits;
    }
}
