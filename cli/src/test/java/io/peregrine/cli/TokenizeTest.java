package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TokenizeTest {

    @Test
    void ids_areOneLine() {
        Outcome run = Outcome.of("tokenize", "-m", Outcome.MODEL, "--ids", "-p", "Describe the image.");
        assertEquals(new Outcome(0, "1 343 263 344\n", ""), run);
    }

    @Test
    void noBos_leavesItOut() {
        Outcome run = Outcome.of("tokenize", "-m", Outcome.MODEL, "--ids", "--no-bos", "-p", "Describe the image.");
        assertEquals("343 263 344\n", run.out());
    }

    @Test
    void specialTokens_areParsedUnlessToldOtherwise() {
        assertEquals("1 2\n", Outcome.of("tokenize", "-m", Outcome.MODEL, "--ids", "-p", "</s>").out());
        String plain = Outcome.of("tokenize", "-m", Outcome.MODEL, "--ids", "--no-special", "-p", "</s>")
                .out();
        assertEquals(-1, (" " + plain.strip() + " ").indexOf(" 2 "), plain);
    }

    @Test
    void input_isTakenAsItIs() {
        byte[] text = "a\r\n\n é ".getBytes(StandardCharsets.UTF_8);
        Outcome run = Outcome.withInput(text, "tokenize", "-m", Outcome.MODEL, "--no-bos");
        StringBuilder bytes = new StringBuilder();
        run.out().lines().skip(1).forEach(line -> bytes.append(line.substring(line.lastIndexOf("  ") + 2))
                .append(' '));
        assertEquals("61 0d 0a 0a 20 c3 a9 20", bytes.toString().strip(), run.out());
    }

    @Test
    void fileWithoutVocabulary_isTold() {
        Outcome run = Outcome.of("tokenize", "-m", Outcome.MMPROJ, "-p", "a");
        assertEquals(1, run.exit());
        assertTrue(run.err().contains("tokenizer.ggml.model"), run.err());
    }
}
