package io.peregrine.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Row 46 of the catalogue of bad inputs: texts that a quadratic tokenizer would chew on for hours.
class UnicodeTortureTest {

    /// Enough for a quadratic search to take minutes where a linear one takes milliseconds.
    private static final int MANY = 300_000;

    private static Tokenizer bpe(String pre) {
        return Toy.bpe(pre, "a a", "aa aa", "aaaa aaaa", "Ġ Ġ", "Ì ģ", "Ìģ Ìģ", "1 1")
                .add("<|end|>", TokenKind.CONTROL)
                .tokenizer();
    }

    private static Tokenizer spm() {
        return Toy.spm("aaaa", "aa", "a", "▁▁", "▁", "\u0301", "\u0301\u0301").tokenizer();
    }

    /// Each begins a search that a character at its end makes fail.
    static Stream<String> texts() {
        return Stream.of(
                        "a", " ", "A", "\u0301", "\0", "1", "'", "\n", "é", "😀", "<|end", "'s", "aA", " \n", "\u3000",
                        "가")
                .flatMap(part -> {
                    String text = part.repeat(MANY / part.length());
                    return Stream.of(text, text + "!", "x" + text + " x");
                });
    }

    @DisplayName("46 unicode-torture")
    @ParameterizedTest
    @MethodSource("texts")
    @Timeout(120)
    void unicodeTorture_theSameOverAndOver_comesBack(String text) {
        for (Tokenizer tokenizer : List.of(bpe("llama-bpe"), spm())) {
            assertEquals(text, tokenizer.decode(tokenizer.encode(text, true, true), false));
        }
    }

    @DisplayName("46 unicode-torture")
    @Test
    @Timeout(120)
    void unicodeTorture_aMillionCombiningMarks_comeBack() {
        String text = "e" + "\u0301".repeat(1_000_000);
        for (Tokenizer tokenizer : List.of(bpe("llama-bpe"), bpe("tekken"), bpe("deepseek-v3"), spm())) {
            assertEquals(text, tokenizer.decode(tokenizer.encode(text, true, true), false));
        }
    }

    static Stream<String> preTokenizers() {
        return Stream.of(
                "default",
                "gpt-2",
                "falcon",
                "smollm",
                "llama-bpe",
                "qwen2",
                "qwen35",
                "minicpm5",
                "laguna",
                "jais-2",
                "exaone-moe",
                "deepseek-llm",
                "deepseek-coder",
                "deepseek-v3",
                "afmoe",
                "tekken",
                "gpt-4o",
                "tiny_aya",
                "youtu",
                "kimi-k2",
                "superbpe",
                "bloom",
                "viking",
                "chameleon",
                "seed-coder");
    }

    @DisplayName("46 unicode-torture")
    @ParameterizedTest
    @MethodSource("preTokenizers")
    @Timeout(120)
    void unicodeTorture_longRunsForEveryPreTokenizer_comeBack(String pre) {
        StringBuilder text = new StringBuilder();
        for (String part :
                List.of("a", " ", "A", "\u0301", "1", "\n", "é", "\u3000", "一", "-", "\u00A0A", " 1", "\u0301A")) {
            text.repeat(part, MANY / 6)
                    .append('!')
                    .append(part.repeat(MANY / 12))
                    .append("x");
        }
        Tokenizer tokenizer = bpe(pre);
        assertEquals(text.toString(), tokenizer.decode(tokenizer.encode(text.toString(), false, true), true));
    }

    @DisplayName("46 unicode-torture")
    @Test
    @Timeout(120)
    void unicodeTorture_tenMegabytesOfOneWord_comeBack() {
        byte[] word = new byte[10_000_000];
        Arrays.fill(word, (byte) 'a');
        for (Tokenizer tokenizer : List.of(bpe("gpt-2"), spm())) {
            int[] tokens = tokenizer.encode(word, false, true);
            assertTrue(tokens.length <= word.length / 4 + 1, () -> tokens.length + " tokens");
            assertArrayEquals(word, tokenizer.decodeBytes(tokens, false));
        }
    }

    /// Eight times the text takes about eight times as long: sixty-four times, if anything were quadratic. Time of the
    /// processor, the least of three runs.
    @DisplayName("46 unicode-torture")
    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "\u0301", "\0", "1", "\n", "😀", "<|end", "\uD83D"})
    void unicodeTorture_takesLinearTime(String part) {
        for (Tokenizer tokenizer : List.of(bpe("llama-bpe"), spm())) {
            String few = part.repeat(5_000 / part.length());
            String many = part.repeat(40_000 / part.length());
            nanos(tokenizer, many);
            long ratio = nanos(tokenizer, many) / Math.max(1, nanos(tokenizer, few));
            assertTrue(ratio < 24, () -> "8 times the text takes " + ratio + " times as long");
        }
    }

    private static long nanos(Tokenizer tokenizer, String text) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int run = 0; run < 3; run++) {
            long before = threads.getCurrentThreadCpuTime();
            int[] tokens = tokenizer.encode(text, false, true);
            least = Math.min(least, threads.getCurrentThreadCpuTime() - before);
            assertTrue(tokens.length > 0);
        }
        return least;
    }

    @DisplayName("46 unicode-torture")
    @Test
    @Timeout(120)
    void unicodeTorture_thousandsOfSpecialTokens_inOnePass() {
        Toy toy = Toy.bpe("gpt-2");
        for (int i = 0; i < 20_000; i++) {
            toy.add("<special_" + i + ">", TokenKind.CONTROL);
        }
        Tokenizer tokenizer = toy.tokenizer();
        Random random = new Random(3);
        StringBuilder text = new StringBuilder();
        int[] expected = random.ints(50_000, 256, 20_256).toArray();
        for (int token : expected) {
            text.append(tokenizer.vocabulary().text(token));
        }
        assertArrayEquals(expected, tokenizer.encode(text.toString(), false, true));
        assertEquals(text.length(), tokenizer.encode(text.toString(), false, false).length);
    }

    @DisplayName("46 unicode-torture")
    @Test
    void unicodeTorture_randomText_comesBack() {
        Random random = new Random(46);
        List<Tokenizer> tokenizers = Stream.concat(preTokenizers().map(UnicodeTortureTest::bpe), Stream.of(spm()))
                .toList();
        for (int round = 0; round < 2_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(64); length > 0; length--) {
                text.appendCodePoint(randomCharacter(random));
            }
            for (Tokenizer tokenizer : tokenizers) {
                int[] tokens = tokenizer.encode(text.toString(), false, true);
                assertEquals(text.toString(), tokenizer.decode(tokens, true));
            }
        }
    }

    @DisplayName("46 unicode-torture")
    @Test
    void unicodeTorture_randomBytes_comeBack() {
        Random random = new Random(47);
        List<Tokenizer> tokenizers = List.of(bpe("llama-bpe"), bpe("tekken"), bpe("deepseek-llm"), spm());
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            for (Tokenizer tokenizer : tokenizers) {
                assertArrayEquals(bytes, tokenizer.decodeBytes(tokenizer.encode(bytes, false, true), true));
            }
        }
    }

    /// Any character but surrogates and U+2581, which SentencePiece takes for a space; ASCII more often.
    private static int randomCharacter(Random random) {
        int limit = List.of(0x80, 0x80, 0x800, 0x10000, 0x110000).get(random.nextInt(5));
        int point = random.nextInt(limit);
        return Character.getType(point) == Character.SURROGATE || point == 0x2581 ? ' ' : point;
    }
}
