package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizeTest {

    @TempDir
    private Path folder;

    private String target() {
        return folder.resolve("out.gguf").toString();
    }

    @Test
    void imageEncoder_becomesSmaller() {
        Outcome run = Outcome.of("quantize", Outcome.MMPROJ, target(), "q8_0", "-t", "2");
        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().startsWith(target() + ": "), run.out());
        assertTrue(run.out().contains(": 1.05 MB, 9.10 bits per weight, from 1.88 MB, 16.27 bits per weight; 26 of 73 tensors quantised in "), run.out());
        assertEquals(1, run.out().lines().count(), run.out());
        Outcome inspected = Outcome.of("inspect", target());
        assertTrue(inspected.out().contains("Q8_0"), inspected.out());
        Outcome again = Outcome.of("quantize", Outcome.MMPROJ, target(), "Q8_0");
        assertEquals(
                new Outcome(
                        1, "", "peregrine: " + target() + ": exists already; give another name, or --force to replace it\n"),
                again);
        assertEquals(0, Outcome.of("quantize", Outcome.MMPROJ, target(), "F16", "--force").exit());
    }

    @Test
    void dryRun_tellsAndWritesNothing() {
        Outcome run = Outcome.of(
                "quantize", Outcome.MODEL, target(), "Q4_K_M", "--allow-requantize", "--dry-run", "--tensor-type",
                "attn_k=Q6_K", "--output-type", "F16", "--keep", "ffn_up");
        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().contains("blk.0.attn_k.weight"), run.out());
        assertTrue(run.out().contains("would write " + target()), run.out());
        assertFalse(Files.exists(folder.resolve("out.gguf")));
    }

    @Test
    void quantisedWeights_needPermission() {
        Outcome run = Outcome.of("quantize", Outcome.MODEL, target(), "Q4_K_M");
        assertEquals(1, run.exit());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().contains("--allow-requantize"), run.err());
    }

    @ParameterizedTest
    @CsvSource({
        "Q9, '', 'peregrine: type: found Q9, expected one of F32, F16, BF16, Q8_0, Q6_K,'",
        "Q8_0, --threads=-3, 'peregrine: threads: found -3, expected a number from 0 to 1024'",
        "Q8_0, --keep=(, 'peregrine: pattern: found (, expected a regular expression; Unclosed group'",
        "Q8_0, --tensor-type=a, 'peregrine: --tensor-type: found a, expected PATTERN=TYPE'",
        "Q8_0, --tensor-type=a=Q4_K_M, 'peregrine: type of a tensor: found Q4_K_M, expected one of F32,'",
        "Q8_0, --output-type=none, 'peregrine: type of a tensor: found none, expected one of F32,'"
    })
    void wrongUsage_isTwo(String type, String option, String message) {
        Outcome run = option.isEmpty()
                ? Outcome.of("quantize", Outcome.MODEL, target(), type)
                : Outcome.of("quantize", Outcome.MODEL, target(), type, option);
        assertEquals(2, run.exit());
        assertTrue(run.err().startsWith(message), run.err());
        assertEquals(2, Outcome.of("quantize", Outcome.MODEL, target()).exit());
    }

    @Test
    void timeLeft_isToldWhenItCanBe() {
        assertEquals("", Progress.left(1_000_000_000L, 0.5));
        assertEquals("", Progress.left(10_000_000_000L, 0));
        assertEquals(", 10 s left", Progress.left(10_000_000_000L, 0.5));
        assertEquals(", 3 min 0 s left", Progress.left(20_000_000_000L, 0.1));
        assertEquals("", Progress.left(10_000_000_000L, 1));
    }
}
