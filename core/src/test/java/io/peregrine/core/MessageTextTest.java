package io.peregrine.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// Text of a file in messages.
class MessageTextTest {

    @Test
    void linesAndTerminalCodes_areWrittenAsNumbers() {
        assertEquals(
                "m.gguf: architecture 'a\\u{a}b\\u{1b}[2J\\u{202e}\\u{d800}\u00e9\ud83d\ude00' is not supported; supported: llama",
                new UnsupportedModelException(
                                "m.gguf",
                                "architecture 'a\nb\u001b[2J\u202e\ud800\u00e9\ud83d\ude00'",
                                "llama")
                        .getMessage());
    }

    @Test
    void longText_isCut() {
        assertEquals(
                "m.gguf: key \\u{0}: found " + "x".repeat(400) + "..., expected y; z",
                new ModelFormatException("m.gguf", "key \0", "x".repeat(1000), "y", "z").getMessage());
        assertEquals(
                "m.gguf: key: found " + "x".repeat(400) + ", expected y",
                new ModelFormatException("m.gguf", "key", "x".repeat(400), "y", "").getMessage());
    }
}
