package io.peregrine.core.gguf;

import java.nio.charset.StandardCharsets;

/// A string of some length as a file has it, checked, and decoded whenever it is asked for: one letter beyond Latin
/// doubles what the others take as a Java string.
final class PackedText {

    /// Shorter texts, in bytes, are strings at once: no more of them fit into a file than its pairs may be.
    static final int LEAST_BYTES = 256;

    private final byte[] utf8;

    /// @param utf8 not to be written to
    PackedText(byte[] utf8) {
        this.utf8 = utf8;
    }

    String text() {
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
