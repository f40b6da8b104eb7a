package io.peregrine.model.grammar;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A set of Unicode characters. Surrogates are in none: they are no characters.
///
/// @param ranges ascending, apart from each other
record CharClass(List<Range> ranges) {

    private static final int LAST = Character.MAX_CODE_POINT;

    /// Every character.
    static final CharClass ANY = of(List.of(new Range(0, LAST)));

    /// Characters from one to another, both included.
    record Range(int from, int to) {}

    /// The characters in any of some ranges, in any order.
    static CharClass of(List<Range> parts) {
        List<Range> sorted = new ArrayList<>(parts);
        sorted.sort(Comparator.comparingInt(Range::from));
        List<Range> merged = new ArrayList<>();
        for (Range part : sorted) {
            Range last = merged.isEmpty() ? null : merged.getLast();
            if (last != null && part.from <= last.to + 1) {
                merged.set(merged.size() - 1, new Range(last.from, Math.max(last.to, part.to)));
            } else {
                merged.add(part);
            }
        }
        List<Range> ranges = new ArrayList<>();
        for (Range range : merged) {
            add(ranges, range.from, Math.min(range.to, Character.MIN_SURROGATE - 1));
            add(ranges, Math.max(range.from, Character.MAX_SURROGATE + 1), range.to);
        }
        return new CharClass(List.copyOf(ranges));
    }

    private static void add(List<Range> ranges, int from, int to) {
        if (from <= to) {
            ranges.add(new Range(from, to));
        }
    }

    /// All other characters.
    CharClass negated() {
        List<Range> others = new ArrayList<>();
        int from = 0;
        for (Range range : ranges) {
            add(others, from, range.from - 1);
            from = range.to + 1;
        }
        add(others, from, LAST);
        return of(others);
    }
}
