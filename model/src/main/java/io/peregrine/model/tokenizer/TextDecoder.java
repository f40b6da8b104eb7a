package io.peregrine.model.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Turns tokens into text as they come. Bytes of a character that is not yet complete are held back; bytes
/// that cannot become a character turn into U+FFFD.
///
/// Every piece is taken as it is, a leading space included: this is for text that continues another. Belongs
/// to one generation; one thread at a time.
public final class TextDecoder {

    private final Tokenizer tokenizer;
    private final boolean showSpecial;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);

    private byte[] held = new byte[0];

    TextDecoder(Tokenizer tokenizer, boolean showSpecial) {
        this.tokenizer = tokenizer;
        this.showSpecial = showSpecial;
    }

    /// The text that a token completes; empty if it completes none.
    public String append(int token) {
        if (!showSpecial && tokenizer.vocabulary().isControl(token)) {
            return "";
        }
        return decode(tokenizer.bytes(token), false);
    }

    /// What is held back, as U+FFFD; the decoder then begins anew.
    public String finish() {
        String rest = decode(new byte[0], true);
        decoder.reset();
        return rest;
    }

    private String decode(byte[] more, boolean last) {
        ByteBuffer in = ByteBuffer.allocate(held.length + more.length)
                .put(held)
                .put(more)
                .flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        decoder.decode(in, out, last);
        if (last) {
            decoder.flush(out);
        }
        held = new byte[in.remaining()];
        in.get(held);
        return out.flip().toString();
    }
}
