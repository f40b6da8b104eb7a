package io.peregrine.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/// Unigram vocabularies: the best cut of a text against a search through all of them, and the rules around
/// it.
class UnigramTest {

    private static final double UNKNOWN_PENALTY = 10;

    private static List<String> encode(Tokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(text, false, true))
                .mapToObj(tokenizer.vocabulary()::text)
                .toList();
    }

    /// A vocabulary without byte tokens: `<unk>`, `<s>`, `</s>`, then the pieces.
    private static Tokenizer withoutBytes(Map<String, Float> pieces) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        tokens.addAll(pieces.keySet());
        float[] scores = new float[tokens.size()];
        int[] kinds = new int[tokens.size()];
        Arrays.fill(kinds, TokenKind.NORMAL.ordinal());
        kinds[0] = TokenKind.UNKNOWN.ordinal();
        kinds[1] = TokenKind.CONTROL.ordinal();
        kinds[2] = TokenKind.CONTROL.ordinal();
        int token = 3;
        for (float score : pieces.values()) {
            scores[token++] = score;
        }
        return Toy.spm()
                .put("tokenizer.ggml.model", "t5")
                .put("tokenizer.ggml.tokens", tokens.toArray(String[]::new))
                .put("tokenizer.ggml.scores", scores)
                .put("tokenizer.ggml.token_type", kinds)
                .put("tokenizer.ggml.unknown_token_id", 0)
                .tokenizer();
    }

    /// The sum of the best cut, by trying every one.
    private static double bestSum(String text, Map<String, Float> pieces, double unknown) {
        if (text.isEmpty()) {
            return 0;
        }
        int character = text.offsetByCodePoints(0, 1);
        double best = pieces.containsKey(text.substring(0, character))
                ? Double.NEGATIVE_INFINITY
                : unknown + bestSum(text.substring(character), pieces, unknown);
        for (Map.Entry<String, Float> piece : pieces.entrySet()) {
            if (text.startsWith(piece.getKey())) {
                String rest = text.substring(piece.getKey().length());
                best = Math.max(best, piece.getValue() + bestSum(rest, pieces, unknown));
            }
        }
        return best;
    }

    @Test
    void encode_randomVocabularies_bestOfAllCuts() {
        Random random = new Random(19);
        String[] alphabet = {"a", "b", "é", "😀", "▁"};
        for (int round = 0; round < 300; round++) {
            Map<String, Float> pieces = new TreeMap<>();
            double lowest = 0;
            for (int i = 2 + random.nextInt(12); i > 0; i--) {
                String piece = word(random, alphabet, 1 + random.nextInt(3));
                pieces.put(piece, -random.nextFloat() * 8);
            }
            for (float score : pieces.values()) {
                lowest = Math.min(lowest, score);
            }
            Tokenizer tokenizer = withoutBytes(pieces);
            for (int i = 0; i < 10; i++) {
                String text = word(random, alphabet, random.nextInt(9));
                double expected = bestSum(text, pieces, lowest - UNKNOWN_PENALTY);
                assertEquals(expected, sum(tokenizer, text, pieces, lowest - UNKNOWN_PENALTY), 1e-9, text);
            }
        }
    }

    private static String word(Random random, String[] alphabet, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append(alphabet[random.nextInt(alphabet.length)]);
        }
        return word.toString();
    }

    /// The sum of the cut found. Between two pieces as many characters are unknown as it takes for the pieces
    /// to stand where they do.
    private static double sum(Tokenizer tokenizer, String text, Map<String, Float> pieces, double unknown) {
        double sum = 0;
        int characters = text.codePointCount(0, text.length());
        String previous = "";
        for (String token : encode(tokenizer, text)) {
            Float score = pieces.get(token);
            if (score == null) {
                assertEquals("<unk>", token);
                assertFalse(previous.equals(token), "two unknown tokens in a row");
            } else {
                sum += score;
                characters -= token.codePointCount(0, token.length());
            }
            previous = token;
        }
        return sum + characters * unknown;
    }

    @Test
    void encode_equalSums_longerLastPiece() {
        Tokenizer tokenizer = withoutBytes(Map.of("a", -1f, "aa", -2f, "aaa", -3f));
        assertEquals(List.of("aaa"), encode(tokenizer, "aaa"));
        assertEquals(List.of("a", "aaa"), encode(tokenizer, "aaaa"));
    }

    @Test
    void encode_unknownCharacters_bytesIfThereAreAny() {
        Tokenizer tokenizer = unigram("a", "▁").tokenizer();
        assertEquals(List.of("a", "<0xC3>", "<0xA9>", "<0x0A>", "▁", "a"), encode(tokenizer, "aé\n a"));
        assertEquals("aé\n a", tokenizer.decode(tokenizer.encode("aé\n a", false, false), false));
        byte[] invalid = {'a', (byte) 0xC3, 'a', (byte) 0xFF};
        assertArrayEquals(invalid, tokenizer.decodeBytes(tokenizer.encode(invalid, false, false), false));
    }

    @Test
    void encode_runOfUnknownCharacters_oneTokenAcrossWords() {
        Tokenizer tokenizer = withoutBytes(Map.of("a", -1f));
        assertEquals(List.of("a", "<unk>", "a", "<unk>"), encode(tokenizer, "axy za b"));
    }

    @Test
    void encode_pieceWithSpaceInside_sameTokensOtherwise() {
        String[] pieces = {"▁a", "ab", "▁▁", "ba", "▁▁▁▁", "bb", "▁ab", "abb", "a", "b", "▁"};
        Tokenizer wordByWord = unigram(pieces).tokenizer();
        Tokenizer whole = unigram(pieces).add("c▁", TokenKind.NORMAL).tokenizer();
        Random random = new Random(8);
        for (int round = 0; round < 2000; round++) {
            String text = word(random, new String[] {" ", "a", "b"}, random.nextInt(60));
            assertArrayEquals(whole.encode(text, true, true), wordByWord.encode(text, true, true), text);
        }
        assertEquals(List.of("<0x63>", "c▁", "<0x63>"), encode(whole, "cc c"));
    }

    /// Unused, control, byte and user-defined tokens are no pieces, whatever their scores.
    @Test
    void encode_otherKinds_areNoPieces() {
        Toy toy = unigram("a", "b")
                .add("ab", TokenKind.UNUSED)
                .add("aa", TokenKind.CONTROL)
                .add("<q>", TokenKind.USER_DEFINED);
        float[] scores = new float[toy.size()];
        Tokenizer tokenizer = toy.put("tokenizer.ggml.scores", scores).tokenizer();
        assertEquals(List.of("a", "a", "b"), texts(tokenizer, tokenizer.encode("aab", false, false)));
        assertEquals(List.of("aa", "b", "<q>"), encode(tokenizer, "aab<q>"));
        int[] fromUser = tokenizer.encodeParts(List.of(TextPart.user("<q>")), false);
        assertEquals(List.of("<0x3C>", "<0x71>", "<0x3E>"), texts(tokenizer, fromUser));
    }

    private static List<String> texts(Tokenizer tokenizer, int[] tokens) {
        return Arrays.stream(tokens).mapToObj(tokenizer.vocabulary()::text).toList();
    }

    @Test
    void encode_spacePrefixAndExtraSpaces_asTheFileSays() {
        Toy toy = unigram("a", "▁", "▁▁");
        assertEquals(List.of("▁▁", "a", "▁▁", "a", "▁"), encode(toy.tokenizer(), "  a  a "));
        toy.put("tokenizer.ggml.add_space_prefix", true);
        assertEquals(List.of("▁", "▁▁", "a", "▁"), encode(toy.tokenizer(), "  a "));
        assertEquals("  a ", toy.tokenizer().decode(toy.tokenizer().encode("  a ", false, false), false));
        toy.put("tokenizer.ggml.remove_extra_whitespaces", true);
        assertEquals(List.of("▁", "a", "▁", "a"), encode(toy.tokenizer(), "  a  a "));
        assertEquals(List.of(), encode(toy.tokenizer(), "   "));
        toy.put("tokenizer.ggml.add_space_prefix", false);
        assertEquals(List.of("a", "▁", "a"), encode(toy.tokenizer(), "  a  a "));
    }

    @Test
    void defaults_t5_endButNoBegin() {
        Vocabulary vocabulary = withoutBytes(Map.of("a", -1f)).vocabulary();
        assertEquals(Vocabulary.NONE, vocabulary.bos());
        assertFalse(vocabulary.addsBos());
        assertEquals(1, vocabulary.eos());
        assertTrue(vocabulary.addsEos());
        assertFalse(unigram("a").put("tokenizer.ggml.add_eos_token", false).tokenizer().vocabulary().addsEos());
    }

    @Test
    void defaults_persimmon_endByItsText() {
        Toy toy = unigram("a", "▁").add("|ENDOFTEXT|", TokenKind.NORMAL).put("general.architecture", "persimmon");
        Tokenizer tokenizer = toy.tokenizer();
        Vocabulary vocabulary = tokenizer.vocabulary();
        int end = vocabulary.find("|ENDOFTEXT|");
        assertEquals(end, vocabulary.eos());
        assertTrue(vocabulary.isEndOfGeneration(end));
        assertTrue(vocabulary.isControl(end));
        assertFalse(vocabulary.addsEos());
        assertEquals(List.of("<s>", "▁", "a"), texts(tokenizer, tokenizer.encode("a", true, false)));
        assertEquals(2, toy.put("tokenizer.ggml.eos_token_id", 2).tokenizer().vocabulary().eos());
    }

    @Test
    void persimmonLabelledLlama_cutAsUnigramAndNoted() {
        Toy toy = Toy.spm("ab", "bc", "a", "b", "c", "▁").put("general.architecture", "persimmon");
        float[] scores = new float[toy.size()];
        scores[toy.size() - 6] = -2;
        scores[toy.size() - 5] = -8;
        scores[toy.size() - 2] = -1;
        scores[toy.size() - 4] = -1;
        toy.put("tokenizer.ggml.scores", scores);
        assertEquals(List.of("▁", "a", "b", "c"), encode(toy.tokenizer(), "abc"));
        assertEquals(
                List.of("key tokenizer.ggml.model is \"llama\", but the vocabulary of persimmon models is a unigram "
                        + "model: text is cut as for \"t5\""),
                toy.tokenizer().vocabulary().notes());
        assertEquals("t5", toy.tokenizer().vocabulary().model());
    }

    @Test
    void characterMap_refusedUnlessEmpty() {
        Toy toy = unigram("a").put("tokenizer.ggml.precompiled_charsmap", new byte[0]);
        assertEquals(List.of("a"), encode(toy.tokenizer(), "a"));
        toy.put("tokenizer.ggml.precompiled_charsmap", new byte[8]);
        assertEquals(
                "toy.gguf: a table that normalises characters (key tokenizer.ggml.precompiled_charsmap) is not "
                        + "supported; supported: vocabularies of texts as they are",
                assertThrows(UnsupportedModelException.class, toy::tokenizer).getMessage());
    }

    @Test
    void noScores() {
        Toy toy = unigram("a").remove("tokenizer.ggml.scores");
        assertEquals(
                "toy.gguf: key tokenizer.ggml.scores: found nothing, expected the scores, by which text is cut into "
                        + "pieces",
                assertThrows(ModelFormatException.class, toy::tokenizer).getMessage());
    }

    @Test
    void scoreInfinite() {
        Toy toy = unigram("a");
        float[] scores = new float[toy.size()];
        scores[259] = Float.NEGATIVE_INFINITY;
        toy.put("tokenizer.ggml.scores", scores);
        assertEquals(
                "toy.gguf: key tokenizer.ggml.scores, token 259: found -Infinity, expected a finite number",
                assertThrows(ModelFormatException.class, toy::tokenizer).getMessage());
    }

    @Test
    void pieceTooLong() {
        Toy toy = unigram("a".repeat(1025));
        assertEquals(
                "toy.gguf: the text of token 259: 1025 bytes exceeds the limit of 1024 bytes; no known model has one "
                        + "of that size, check where the file comes from",
                assertThrows(ResourceLimitException.class, toy::tokenizer).getMessage());
    }

    /// Every place of the text can begin a piece of 1,024 bytes: the work is bounded all the same.
    @Test
    void encode_longTextOfLongPieces_linear() {
        Tokenizer tokenizer = unigram("a".repeat(1024), "a").tokenizer();
        byte[] text = "a".repeat(200_000).getBytes(StandardCharsets.US_ASCII);
        int[] tokens = Assertions.assertTimeout(Duration.ofSeconds(60), () -> tokenizer.encode(text, false, false));
        assertEquals(200_000 / 1024 + 200_000 % 1024, tokens.length);
    }

    private static Toy unigram(String... pieces) {
        return Toy.spm(pieces).put("tokenizer.ggml.model", "t5");
    }
}
