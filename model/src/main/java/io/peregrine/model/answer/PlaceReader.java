package io.peregrine.model.answer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads places out of an answer, at given positions. Labels end at the first `<`, numbers have few digits,
/// and a separator counts only before a further place: from each beginning, nothing is looked at that a later
/// one looks at again, but for blanks.
final class PlaceReader {

    /// What MiniGPT-v2 calls the whole width or height.
    private static final int HUNDREDTHS = 100;

    /// What Qwen-VL calls the whole width or height.
    private static final int THOUSANDTHS = 1000;

    private static final int MAX_DIGITS = 4;

    /// A label with its places.
    ///
    /// @param label as the answer spells it, blanks around it included
    /// @param end the position behind it all
    record Group(String label, List<Place> places, int end) {}

    private final String answer;

    /// How far the current attempt has come.
    private int at;

    PlaceReader(String answer) {
        this.answer = answer;
    }

    /// The group that begins at a position, or null if none does.
    @Nullable
    Group at(int begin) {
        at = begin;
        return switch (answer.charAt(begin)) {
            case '{' -> places("", true);
            case '<' -> tagged();
            default -> null;
        };
    }

    private @Nullable Group tagged() {
        if (takes("<p>")) {
            return labelled("</p>", true);
        }
        return takes("<ref>") ? labelled("</ref>", false) : places("", false);
    }

    private @Nullable Group labelled(String close, boolean hundredths) {
        int end = answer.indexOf('<', at);
        if (end < 0) {
            return null;
        }
        String label = answer.substring(at, end);
        at = end;
        return takes(close) ? places(label, hundredths) : null;
    }

    private @Nullable Group places(String label, boolean hundredths) {
        List<Place> places = new ArrayList<>();
        int end = at;
        boolean more = true;
        while (more) {
            skipBlanks();
            if (hundredths && !places.isEmpty() && takes("<delim>")) {
                skipBlanks();
            }
            Place place = hundredths ? braced(label.strip()) : cornered(label.strip());
            if (place == null) {
                more = false;
            } else {
                places.add(place);
                end = at;
            }
        }
        return places.isEmpty() ? null : new Group(label, places, end);
    }

    /// `{<x1><y1><x2><y2>}`.
    private @Nullable Place braced(String label) {
        if (!takes("{")) {
            return null;
        }
        int[] numbers = new int[4];
        for (int i = 0; i < numbers.length; i++) {
            if (!takes("<")) {
                return null;
            }
            numbers[i] = number(HUNDREDTHS);
            if (numbers[i] < 0 || !takes(">")) {
                return null;
            }
        }
        return takes("}")
                ? Place.Box.between(
                        label, point(numbers[0], numbers[1], HUNDREDTHS), point(numbers[2], numbers[3], HUNDREDTHS))
                : null;
    }

    /// `<box>(x1,y1),(x2,y2)</box>` or `<quad>(x1,y1),(x2,y2),(x3,y3),(x4,y4)</quad>`.
    private @Nullable Place cornered(String label) {
        if (takes("<box>")) {
            List<Point> corners = corners(2);
            return corners != null && takes("</box>")
                    ? Place.Box.between(label, corners.getFirst(), corners.getLast())
                    : null;
        }
        if (takes("<quad>")) {
            List<Point> corners = corners(4);
            return corners != null && takes("</quad>") ? new Place.Quad(label, corners) : null;
        }
        return null;
    }

    private @Nullable List<Point> corners(int count) {
        List<Point> corners = new ArrayList<>();
        while (corners.size() < count) {
            if (!corners.isEmpty() && !takes(",") || !takes("(")) {
                return null;
            }
            int x = number(THOUSANDTHS);
            if (x < 0 || !takes(",")) {
                return null;
            }
            int y = number(THOUSANDTHS);
            if (y < 0 || !takes(")")) {
                return null;
            }
            corners.add(point(x, y, THOUSANDTHS));
        }
        return corners;
    }

    private static Point point(int x, int y, int whole) {
        return new Point((double) x / whole, (double) y / whole);
    }

    /// The number here, or -1 if there is none from 0 to `max`.
    private int number(int max) {
        int value = 0;
        int begin = at;
        while (at < answer.length() && at - begin < MAX_DIGITS && isDigit(answer.charAt(at))) {
            value = 10 * value + answer.charAt(at++) - '0';
        }
        return at == begin || value > max ? -1 : value;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private boolean takes(String expected) {
        boolean found = answer.startsWith(expected, at);
        at += found ? expected.length() : 0;
        return found;
    }

    private void skipBlanks() {
        while (at < answer.length() && answer.charAt(at) == ' ') {
            at++;
        }
    }
}
