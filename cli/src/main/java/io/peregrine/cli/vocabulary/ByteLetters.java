package io.peregrine.cli.vocabulary;

/// The letters by which byte-level vocabularies spell bytes: printable ones stand for themselves, the others for the
/// characters from U+0100 on, in order.
///
/// Source: `bytes_to_unicode` in `openai/gpt-2 : src/encoder.py`.
final class ByteLetters {

    private static final char[] LETTERS = new char[256];

    static {
        char next = 256;
        for (int value = 0; value < 256; value++) {
            boolean prints = value >= '!' && value <= '~' || value >= 0xa1 && value <= 0xac || value >= 0xae;
            LETTERS[value] = prints ? (char) value : next++;
        }
    }

    private ByteLetters() {}

    /// @param bytes one char per byte
    static String of(String bytes) {
        StringBuilder letters = new StringBuilder();
        bytes.chars().forEach(value -> letters.append(LETTERS[value]));
        return letters.toString();
    }
}
