package io.peregrine.model.tokenizer;

import java.util.Arrays;

/// The spelling of bytes in byte-level vocabularies: each byte is one visible character, printable Latin-1
/// bytes the character of the same number, the others those from U+0100 on in order.
///
/// Source: `bytes_to_unicode` in openai/gpt-2 `src/encoder.py`.
final class ByteAlphabet {

    private static final char[] SPELLING = new char[256];

    /// Byte by character, -1 where the character spells none.
    private static final short[] BYTES = new short[0x144];

    static {
        Arrays.fill(BYTES, (short) -1);
        char spare = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean visible = value > ' ' && value < 0x7F || value > 0xA0 && value != 0xAD;
            SPELLING[value] = visible ? (char) value : spare++;
            BYTES[SPELLING[value]] = (short) value;
        }
    }

    private ByteAlphabet() {}

    static char spelling(int value) {
        return SPELLING[value];
    }

    /// The byte that a character spells, or -1.
    static int value(int character) {
        return character < BYTES.length ? BYTES[character] : -1;
    }
}
