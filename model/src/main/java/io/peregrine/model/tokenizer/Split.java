package io.peregrine.model.tokenizer;

/// One stage of cutting a text into words: it cuts each piece that the stage before left, seeing nothing but
/// that piece.
interface Split {

    /// Appends the ends of the pieces of the characters `[from, to)` in order; the last is `to`.
    void cut(CharText text, int from, int to, IntList ends);

    /// Every match of the first rule that matches is a piece, and so is what lies between two matches.
    static Split words(Rule... rules) {
        return (text, from, to, ends) -> {
            int last = from;
            int at = from;
            while (at < to) {
                int stop = Rule.NO_MATCH;
                for (int i = 0; i < rules.length && stop == Rule.NO_MATCH; i++) {
                    stop = rules[i].match(text, at, to);
                }
                if (stop == Rule.NO_MATCH) {
                    at++;
                    continue;
                }
                if (at > last) {
                    ends.add(at);
                }
                ends.add(stop);
                last = stop;
                at = stop;
            }
            if (to > last) {
                ends.add(to);
            }
        };
    }

    /// `\s+$`: white space at the end is a piece.
    Split TRAILING_SPACES = (text, from, to, ends) -> {
        int start = to;
        while (start > from && text.is(start - 1, CharText.SPACE)) {
            start--;
        }
        if (start > from) {
            ends.add(start);
        }
        if (to > start) {
            ends.add(to);
        }
    };

    /// Runs of decimal digits in groups of three counted from the right.
    ///
    /// @param wholeWords whether a run that a character of a word follows is left alone
    static Split digitGroups(boolean wholeWords) {
        return (text, from, to, ends) -> {
            int last = from;
            int at = from;
            while (at < to) {
                if (!isDigit(text, at)) {
                    at++;
                    continue;
                }
                int start = at;
                while (at < to && isDigit(text, at)) {
                    at++;
                }
                boolean inWord = at < to && isWord(text, at);
                if (wholeWords && inWord) {
                    continue;
                }
                if (start > last) {
                    ends.add(start);
                }
                int first = (at - start) % 3;
                for (int stop = start + (first == 0 ? 3 : first); stop <= at; stop += 3) {
                    ends.add(stop);
                }
                last = at;
            }
            if (to > last) {
                ends.add(to);
            }
        };
    }

    /// `\w` after a digit.
    private static boolean isWord(CharText text, int at) {
        return text.is(at, CharText.LETTER | CharText.MARK)
                || Character.isAlphabetic(text.at(at))
                || Character.getType(text.at(at)) == Character.CONNECTOR_PUNCTUATION;
    }

    private static boolean isDigit(CharText text, int at) {
        return text.is(at, CharText.NUMBER) && Character.isDigit(text.at(at));
    }
}
