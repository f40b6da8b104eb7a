package io.peregrine.model.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A string of a template: characters and where each of them comes from.
///
/// Immutable; a view either of a Java string with one origin, or of a part of a
/// [io.peregrine.model.template.TextBuffer]. Slicing copies nothing. Appending to a text that ends its buffer
/// extends that buffer, so that a template that gathers its output in a variable takes linear time.
/// Lengths and offsets are in UTF-16 units unless a name says `codePoint`; Jinja counts code points.
/// Two texts are equal when their characters are, whatever the origins.
public final class Text implements Value, CharSequence, Comparable<Text> {

    /// The character that stands for an image or a region; its origin says which.
    private static final String PLACE_MARK = "\uFFFC";

    /// Not yet looked at for surrogates; has none; has some.
    private static final byte UNKNOWN = 0;

    private static final byte NARROW = 1;
    private static final byte WIDE = 2;

    /// The text of no character.
    static final Text EMPTY = of("", Origin.TEMPLATE);

    private final CharSequence chars;
    private final int from;
    private final int to;
    private final @Nullable TextBuffer buffer;
    private final int origin;
    private int hash;
    private byte width;

    private Text(CharSequence chars, int from, int to, @Nullable TextBuffer buffer, int origin, byte width) {
        this.chars = chars;
        this.from = from;
        this.to = to;
        this.buffer = buffer;
        this.origin = origin;
        this.width = width;
    }

    /// A Java string, all of one origin.
    public static Text of(String text, int origin) {
        return new Text(text, 0, text.length(), null, origin, UNKNOWN);
    }

    /// The one character that marks the place of image `index`.
    public static Text image(int index) {
        return of(PLACE_MARK, Origin.image(index));
    }

    /// The one character that marks the place of region `index`.
    public static Text region(int index) {
        return of(PLACE_MARK, Origin.region(index));
    }

    static Text view(TextBuffer buffer, int from, int to) {
        return new Text(buffer.chars(), from, to, buffer, Origin.TEMPLATE, UNKNOWN);
    }

    @Override
    public int length() {
        return to - from;
    }

    @Override
    public char charAt(int index) {
        return chars.charAt(from + index);
    }

    @Override
    public Text subSequence(int start, int end) {
        if (start == 0 && end == length()) {
            return this;
        }
        if (start < 0 || start > end || end > length()) {
            throw new IndexOutOfBoundsException(start + " to " + end + " of " + length());
        }
        return new Text(chars, from + start, from + end, buffer, origin, width == NARROW ? NARROW : UNKNOWN);
    }

    /// Receives a run of characters of one origin.
    interface RunSink {
        Object run(CharSequence chars, int from, int to, int origin);
    }

    /// Characters of one origin.
    public record Run(String text, int origin) {}

    /// The text in pieces of one origin each; neighbours differ in origin.
    public List<Run> runs() {
        List<Run> runs = new ArrayList<>();
        forEachRun((source, start, end, runOrigin) ->
                runs.add(new Run(source.subSequence(start, end).toString(), runOrigin)));
        return runs;
    }

    /// Texts one after the other.
    public static Text join(List<Text> texts, Budget budget) {
        Text whole = EMPTY;
        for (Text text : texts) {
            whole = whole.concat(text, budget);
        }
        return whole;
    }

    /// Hands over the runs in order.
    void forEachRun(RunSink sink) {
        if (from == to) {
            return;
        }
        TextBuffer runs = buffer;
        if (runs == null) {
            sink.run(chars, from, to, origin);
            return;
        }
        int at = from;
        for (int run = runs.runAt(from); at < to; run++) {
            int end = Math.min(runs.end(run), to);
            sink.run(chars, at, end, runs.origin(run));
            at = end;
        }
    }

    /// The origin of the character at `index`.
    int originAt(int index) {
        TextBuffer runs = buffer;
        return runs == null ? origin : runs.origin(runs.runAt(from + index));
    }

    /// This text followed by another.
    Text concat(Text next, Budget budget) {
        budget.step();
        if (next.isEmpty()) {
            return this;
        }
        if (isEmpty()) {
            return next;
        }
        TextBuffer whole = buffer;
        int start = from;
        if (whole == null || whole.length() != to) {
            whole = new TextBuffer(budget).append(this);
            start = 0;
        }
        whole.append(next);
        return view(whole, start, whole.length());
    }

    /// Whether no surrogate is in the text, so that code points are UTF-16 units: the common case.
    private boolean narrow(Budget budget) {
        if (width == UNKNOWN) {
            budget.work(length());
            byte found = NARROW;
            for (int i = from; i < to && found == NARROW; i++) {
                if (Character.isSurrogate(chars.charAt(i))) {
                    found = WIDE;
                }
            }
            width = found;
        }
        return width == NARROW;
    }

    /// The length in code points.
    int codePointLength(Budget budget) {
        if (narrow(budget)) {
            return length();
        }
        budget.work(length());
        return Character.codePointCount(this, 0, length());
    }

    /// The offset of code point `index`, which is at most the length in code points.
    int codePointOffset(int index, Budget budget) {
        if (narrow(budget)) {
            return index;
        }
        budget.work(length());
        return Character.offsetByCodePoints(this, 0, index);
    }

    int codePointAt(int offset) {
        return Character.codePointAt(this, offset);
    }

    @Override
    public int compareTo(Text other) {
        int common = Math.min(length(), other.length());
        for (int i = 0; i < common; i++) {
            int a = charAt(i);
            int b = other.charAt(i);
            if (a != b) {
                return Integer.compare(codePointOrder(a), codePointOrder(b));
            }
        }
        return Integer.compare(length(), other.length());
    }

    /// Moves the surrogates above the rest, so that UTF-16 units sort as code points do.
    private static int codePointOrder(int unit) {
        if (unit < Character.MIN_SURROGATE) {
            return unit;
        }
        return unit <= Character.MAX_SURROGATE ? unit + 0x2000 : unit - 0x800;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof Text text) || text.length() != length()) {
            return false;
        }
        for (int i = 0; i < length(); i++) {
            if (charAt(i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        int h = hash;
        if (h == 0) {
            for (int i = from; i < to; i++) {
                h = 31 * h + chars.charAt(i);
            }
            hash = h;
        }
        return h;
    }

    @Override
    public String toString() {
        return chars.subSequence(from, to).toString();
    }
}
