package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The text of an answer, byte by byte: each byte is a token of the toy vocabulary.
class AnswerTextTest {

    private static final int FIRST_BYTE = 3;

    private static Tokenizer tokenizer;

    private final List<String> heard = new ArrayList<>();

    @BeforeAll
    static void load(@TempDir Path folder) {
        Path file = new ToyFile(1).vocabulary(300).write(folder.resolve("vocabulary.gguf"));
        try (GgufFile gguf = GgufFile.open(file)) {
            tokenizer = Tokenizer.of(gguf.metadata());
        }
    }

    private AnswerText answer(String... stops) {
        return new AnswerText(tokenizer.decoder(false), List.of(stops), heard::add);
    }

    /// @return how many bytes were taken until a stop string appeared, or -1
    private static int feed(AnswerText answer, String text) {
        int taken = 0;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            taken++;
            if (answer.append(FIRST_BYTE + (b & 0xFF))) {
                return taken;
            }
        }
        return -1;
    }

    @Test
    void plainText_comesAtOnce() {
        AnswerText answer = answer();
        assertEquals(-1, feed(answer, "abc"));
        assertEquals(List.of("a", "b", "c"), heard);
        assertFalse(answer.finish());
        assertEquals("abc", answer.text());
    }

    @Test
    void characterOfSeveralBytes_comesWhole() {
        AnswerText answer = answer();
        feed(answer, "é🙂");
        assertEquals(List.of("é", "🙂"), heard);
    }

    @Test
    void characterThatStaysIncomplete_becomesTheReplacement() {
        AnswerText answer = answer();
        answer.append(FIRST_BYTE + 0xE2);
        assertEquals(List.of(), heard);
        answer.finish();
        assertEquals("\uFFFD", answer.text());
    }

    @Test
    void stopString_isLeftOutWithWhatFollows() {
        AnswerText answer = answer("###");
        assertEquals(6, feed(answer, "Hi.###Human"));
        assertEquals("Hi.", answer.text());
        assertEquals(List.of("H", "i", "."), heard);
    }

    @Test
    void beginningOfAStopString_isHeldBackUntilItIsNone() {
        AnswerText answer = answer("###");
        feed(answer, "a##b#");
        assertEquals(List.of("a", "##b"), heard);
        assertFalse(answer.finish());
        assertEquals("a##b#", answer.text());
    }

    @Test
    void stopStrings_theEarliestEnds() {
        AnswerText answer = answer("long stop", "g s");
        assertEquals("a very long s".length(), feed(answer, "a very long stop"));
        assertEquals("a very lon", answer.text());
    }

    @Test
    void stopString_thatOverlapsItself_isFound() {
        AnswerText answer = answer("aab");
        assertEquals(4, feed(answer, "aaab"));
        assertEquals("a", answer.text());
    }

    @Test
    void stopString_ofACharacterThatOnlyTheEndCompletes_isFound() {
        AnswerText answer = answer("x\uFFFD");
        feed(answer, "yx");
        answer.append(FIRST_BYTE + 0xE2);
        assertTrue(answer.finish());
        assertEquals("y", answer.text());
    }
}
