package io.peregrine.cli.serve;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/// Sets of characters of strings, as GBNF of how JSON writes them. Characters beyond U+FFFF are in none: regular
/// expressions disagree on whether they count as one or two.
final class SchemaCharacters {

    private static final int CHARACTERS = 1 << 16;
    private static final String ESCAPED = "\b\t\n\f\r\"\\";
    private static final String ESCAPES = "btnfr\"\\";

    /// Control characters that have no short escape are written only in sets as small as this.
    private static final int SMALL = 64;

    private SchemaCharacters() {}

    static BitSet of(String characters) {
        BitSet set = new BitSet(CHARACTERS);
        characters.chars().forEach(set::set);
        return set;
    }

    static BitSet range(int from, int to) {
        BitSet set = new BitSet(CHARACTERS);
        set.set(from, to + 1);
        return set;
    }

    static BitSet digits() {
        return range('0', '9');
    }

    static BitSet wordCharacters() {
        BitSet set = union(range('a', 'z'), range('A', 'Z'));
        set.or(digits());
        set.set('_');
        return set;
    }

    /// White space that every kind of regular expressions has.
    static BitSet blanks() {
        return of(" \t\n\u000B\f\r");
    }

    /// White space that any kind of regular expressions has.
    static BitSet allBlanks() {
        BitSet set = union(blanks(), of("\u0085\u00A0\u1680\u180E\u2028\u2029\u202F\u205F\u3000\uFEFF"));
        set.set(0x2000, 0x200B);
        return set;
    }

    static BitSet lineEnds() {
        return of("\n\r\u0085\u2028\u2029");
    }

    static BitSet not(BitSet set) {
        BitSet others = range(0, CHARACTERS - 1);
        others.andNot(set);
        others.clear(Character.MIN_SURROGATE, Character.MAX_SURROGATE + 1);
        return others;
    }

    static BitSet union(BitSet one, BitSet other) {
        BitSet all = (BitSet) one.clone();
        all.or(other);
        return all;
    }

    /// One character of a set, empty if there is none that can be written.
    static String gbnf(BitSet set) {
        BitSet plain = (BitSet) set.clone();
        plain.clear(0, ' ');
        plain.clear('"');
        plain.clear('\\');
        plain.clear(Character.MIN_SURROGATE, Character.MAX_SURROGATE + 1);
        List<String> options = new ArrayList<>();
        if (!plain.isEmpty()) {
            StringBuilder ranges = new StringBuilder("[");
            for (int from = plain.nextSetBit(0); from >= 0; ) {
                int end = plain.nextClearBit(from);
                ranges.append(SchemaText.range(from, end - 1));
                from = plain.nextSetBit(end);
            }
            options.add(ranges.append(']').toString());
        }
        boolean small = set.cardinality() <= SMALL;
        for (int c = set.nextSetBit(0); c >= 0 && c <= '\\'; c = set.nextSetBit(c + 1)) {
            int escape = ESCAPED.indexOf(c);
            if (escape >= 0) {
                options.add(SchemaText.literal("\\" + ESCAPES.charAt(escape)));
            } else if (c < ' ' && small) {
                options.add(SchemaText.literal(String.format(Locale.ROOT, "\\u%04x", c)));
            }
        }
        return options.size() == 1 ? options.getFirst() : "(" + String.join(" | ", options) + ")";
    }
}
