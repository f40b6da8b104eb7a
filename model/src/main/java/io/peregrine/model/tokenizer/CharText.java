package io.peregrine.model.tokenizer;

/// A text as characters with their Unicode properties, for cutting it into words.
///
/// A byte that is not part of any character stands for itself and counts as a symbol, like U+FFFD.
final class CharText {

    static final int LETTER = 1;
    static final int NUMBER = 2;
    /// The property White_Space.
    static final int SPACE = 4;

    static final int PUNCTUATION = 8;
    static final int SYMBOL = 16;
    static final int MARK = 32;
    /// Categories Lu, Lt, Lm, Lo, M.
    static final int UPPER = 64;
    /// Categories Ll, Lm, Lo, M.
    static final int LOWER = 128;

    private static final int[] PROPERTIES = new int[31];

    static {
        PROPERTIES[Character.UPPERCASE_LETTER] = LETTER | UPPER;
        PROPERTIES[Character.LOWERCASE_LETTER] = LETTER | LOWER;
        PROPERTIES[Character.TITLECASE_LETTER] = LETTER | UPPER;
        PROPERTIES[Character.MODIFIER_LETTER] = LETTER | UPPER | LOWER;
        PROPERTIES[Character.OTHER_LETTER] = LETTER | UPPER | LOWER;
        PROPERTIES[Character.NON_SPACING_MARK] = MARK | UPPER | LOWER;
        PROPERTIES[Character.ENCLOSING_MARK] = MARK | UPPER | LOWER;
        PROPERTIES[Character.COMBINING_SPACING_MARK] = MARK | UPPER | LOWER;
        PROPERTIES[Character.DECIMAL_DIGIT_NUMBER] = NUMBER;
        PROPERTIES[Character.LETTER_NUMBER] = NUMBER;
        PROPERTIES[Character.OTHER_NUMBER] = NUMBER;
        PROPERTIES[Character.SPACE_SEPARATOR] = SPACE;
        PROPERTIES[Character.LINE_SEPARATOR] = SPACE;
        PROPERTIES[Character.PARAGRAPH_SEPARATOR] = SPACE;
        PROPERTIES[Character.DASH_PUNCTUATION] = PUNCTUATION;
        PROPERTIES[Character.START_PUNCTUATION] = PUNCTUATION;
        PROPERTIES[Character.END_PUNCTUATION] = PUNCTUATION;
        PROPERTIES[Character.CONNECTOR_PUNCTUATION] = PUNCTUATION;
        PROPERTIES[Character.OTHER_PUNCTUATION] = PUNCTUATION;
        PROPERTIES[Character.INITIAL_QUOTE_PUNCTUATION] = PUNCTUATION;
        PROPERTIES[Character.FINAL_QUOTE_PUNCTUATION] = PUNCTUATION;
        PROPERTIES[Character.MATH_SYMBOL] = SYMBOL;
        PROPERTIES[Character.CURRENCY_SYMBOL] = SYMBOL;
        PROPERTIES[Character.MODIFIER_SYMBOL] = SYMBOL;
        PROPERTIES[Character.OTHER_SYMBOL] = SYMBOL;
    }

    private final int[] characters;
    private final byte[] properties;
    private final int size;

    private CharText(int[] characters, byte[] properties, int size) {
        this.characters = characters;
        this.properties = properties;
        this.size = size;
    }

    /// Reads `text[from, to)` as UTF-8.
    static CharText of(byte[] text, int from, int to) {
        int[] characters = new int[to - from];
        byte[] properties = new byte[to - from];
        int size = 0;
        for (int at = from; at < to; at += Utf8.width(characters[size++])) {
            characters[size] = Utf8.character(text, at, to);
            properties[size] = (byte) propertiesOf(characters[size]);
        }
        return new CharText(characters, properties, size);
    }

    private static int propertiesOf(int character) {
        if (character >= 9 && character <= 13 || character == 0x85) {
            return SPACE;
        }
        return character >= Utf8.INVALID ? SYMBOL : PROPERTIES[Character.getType(character)];
    }

    int size() {
        return size;
    }

    /// The code point at an index, or [Utf8#INVALID] plus a byte.
    int at(int index) {
        return characters[index];
    }

    /// Whether the character has one of the properties.
    boolean is(int index, int anyOf) {
        return (properties[index] & anyOf) != 0;
    }
}
