package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// The checker of UTF-8 against the JDK's decoder.
class Utf8Test {

    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT);

    private boolean jdkAccepts(byte[] bytes, int from, int to) {
        CharBuffer text = CharBuffer.allocate(to - from);
        return !decoder.reset()
                .decode(ByteBuffer.wrap(bytes, from, to - from), text, true)
                .isError();
    }

    @Test
    void everyPairOfBytes_andTheirContinuations() {
        byte[] later = {0x41, (byte) 0x80, (byte) 0xbf, (byte) 0xc2};
        byte[] bytes = new byte[5];
        int accepted = 0;
        for (int pair = 0; pair < 1 << 16; pair++) {
            for (int rest = 0; rest < later.length * later.length; rest++) {
                bytes[1] = (byte) (pair >> 8);
                bytes[2] = (byte) pair;
                bytes[3] = later[rest / later.length];
                bytes[4] = later[rest % later.length];
                for (int to = 2; to <= bytes.length; to++) {
                    boolean ours = Utf8.firstInvalid(bytes, 1, to) < 0;
                    if (ours != jdkAccepts(bytes, 1, to)) {
                        fail(Arrays.toString(Arrays.copyOfRange(bytes, 1, to)) + " is UTF-8 for us: " + ours);
                    }
                    accepted += ours ? 1 : 0;
                }
            }
        }
        assertTrue(accepted > 100_000, "accepted " + accepted);
    }

    @Test
    void firstInvalid_isTheStartOfTheSequence() {
        byte[] bytes = {'a', (byte) 0xc3, (byte) 0xa9, 'b', (byte) 0xe4, (byte) 0xb8, 'c'};
        assertEquals(4, Utf8.firstInvalid(bytes, 0, bytes.length));
        assertEquals(-1, Utf8.firstInvalid(bytes, 0, 4));
        assertEquals(2, Utf8.firstInvalid(bytes, 2, 4));
        assertEquals(4, Utf8.firstInvalid(bytes, 3, 6));
        assertEquals(-1, Utf8.firstInvalid(bytes, 3, 3));
    }
}
