package io.peregrine.model.template;

import java.util.Arrays;

/// Growing text whose every character has an origin, kept as runs of equal origin. Used by one thread.
///
/// Only ever appended to, so that any number of [io.peregrine.model.template.Text] may be views of it.
final class TextBuffer {

    /// What a run costs in memory.
    private static final int RUN_BYTES = 8;

    private final Budget budget;
    private final StringBuilder chars = new StringBuilder();
    private int[] ends = new int[2];
    private int[] origins = new int[2];
    private int runs;
    private boolean wide;

    TextBuffer(Budget budget) {
        this.budget = budget;
    }

    int length() {
        return chars.length();
    }

    CharSequence chars() {
        return chars;
    }

    /// The number of runs.
    int runs() {
        return runs;
    }

    /// Where run `run` ends, exclusive.
    int end(int run) {
        return ends[run];
    }

    /// The origin of run `run`.
    int origin(int run) {
        return origins[run];
    }

    /// The run that holds character `at`.
    int runAt(int at) {
        int found = Arrays.binarySearch(ends, 0, runs, at + 1);
        return found >= 0 ? found : -found - 1;
    }

    TextBuffer append(String text, int origin) {
        return append(text, 0, text.length(), origin);
    }

    TextBuffer append(CharSequence source, int from, int to, int origin) {
        if (from == to) {
            return this;
        }
        charge(source, from, to);
        boolean sameRun = runs > 0 && origins[runs - 1] == origin;
        if (!sameRun) {
            budget.bytes(RUN_BYTES);
        }
        chars.append(source, from, to);
        if (sameRun) {
            ends[runs - 1] = chars.length();
            return this;
        }
        if (runs == ends.length) {
            ends = Arrays.copyOf(ends, runs * 2);
            origins = Arrays.copyOf(origins, runs * 2);
        }
        ends[runs] = chars.length();
        origins[runs] = origin;
        runs++;
        return this;
    }

    /// Charges the bytes that the characters will take: one each, or two once any is beyond Latin-1.
    private void charge(CharSequence source, int from, int to) {
        for (int i = from; i < to && !wide; i++) {
            if (source.charAt(i) > 0xFF) {
                wide = true;
                budget.bytes(chars.length());
            }
        }
        budget.bytes(wide ? 2L * (to - from) : to - from);
    }

    TextBuffer append(Text text) {
        text.forEachRun(this::append);
        return this;
    }

    TextBuffer appendCodePoint(int codePoint, int origin) {
        String text = Character.toString(codePoint);
        return append(text, 0, text.length(), origin);
    }

    /// Everything so far.
    Text toText() {
        return Text.view(this, 0, chars.length());
    }
}
