package io.peregrine.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Rows 34 to 37 of the catalogue of bad inputs, and their neighbours.
class BadVocabularyTest {

    private static void rejected(Class<? extends PeregrineException> type, Toy toy, String message) {
        assertEquals(message, assertThrows(type, toy::tokenizer).getMessage());
    }

    private static void malformed(Toy toy, String message) {
        rejected(ModelFormatException.class, toy, message);
    }

    @Test
    @DisplayName("34 vocab-lengths-disagree")
    void vocabLengthsDisagree_shortScores() {
        malformed(
                Toy.spm("a").put("tokenizer.ggml.scores", new float[259]),
                "toy.gguf: key tokenizer.ggml.scores: found 259 values for 260 tokens, expected one for each token");
    }

    @Test
    @DisplayName("34 vocab-lengths-disagree: too many types")
    void vocabLengthsDisagree_longTypes() {
        malformed(
                Toy.spm("a").put("tokenizer.ggml.token_type", new int[261]),
                "toy.gguf: key tokenizer.ggml.token_type: found 261 values for 260 tokens, expected one for each token");
    }

    @Test
    @DisplayName("34 vocab-lengths-disagree: elements of another type")
    void vocabLengthsDisagree_elementsOfAnotherType() {
        malformed(
                Toy.spm("a").put("tokenizer.ggml.scores", new String[260]),
                "toy.gguf: key tokenizer.ggml.scores: found array of string, expected array of float32");
        malformed(
                Toy.spm("a").put("tokenizer.ggml.tokens", new float[260]),
                "toy.gguf: key tokenizer.ggml.tokens: found array of float32, expected array of string");
    }

    @Test
    @DisplayName("34 vocab-lengths-disagree: no tokens")
    void vocabLengthsDisagree_noTokens() {
        malformed(
                Toy.spm().put("tokenizer.ggml.tokens", new String[0]),
                "toy.gguf: key tokenizer.ggml.tokens: found no tokens, expected the tokens");
        malformed(
                Toy.spm().remove("tokenizer.ggml.tokens"),
                "toy.gguf: key tokenizer.ggml.tokens: found nothing, expected the tokens");
    }

    @Test
    @DisplayName("34 vocab-lengths-disagree: five million tokens")
    void vocabLengthsDisagree_fiveMillionTokens() {
        String[] tokens = new String[5_000_000];
        Arrays.fill(tokens, "x");
        rejected(
                ResourceLimitException.class,
                Toy.spm().put("tokenizer.ggml.tokens", tokens),
                "toy.gguf: key tokenizer.ggml.tokens: 5000000 tokens exceeds the limit of 4194304 tokens; no known "
                        + "model has a vocabulary of that size, check where the file comes from");
    }

    @Test
    void sameTextTwice() {
        malformed(
                Toy.spm("a", "b", "a"),
                "toy.gguf: key tokenizer.ggml.tokens, token 261: found the text of token 259, \"a\", expected a text "
                        + "of its own");
    }

    @Test
    void kindOutOfRange() {
        int[] kinds = new int[259];
        Arrays.fill(kinds, 1);
        kinds[7] = 9;
        malformed(
                Toy.spm().put("tokenizer.ggml.token_type", kinds),
                "toy.gguf: key tokenizer.ggml.token_type, token 7: found 9, expected a number from 0 to 6");
    }

    @Test
    void scoreNotANumber() {
        float[] scores = new float[259];
        scores[3] = Float.NaN;
        malformed(
                Toy.spm().put("tokenizer.ggml.scores", scores),
                "toy.gguf: key tokenizer.ggml.scores, token 3: found NaN, expected a number");
    }

    @Test
    @DisplayName("35 special-token-out-of-range")
    void specialTokenOutOfRange_endIsSize() {
        malformed(
                Toy.spm("a").put("tokenizer.ggml.eos_token_id", 260),
                "toy.gguf: key tokenizer.ggml.eos_token_id: found 260, expected a number from 0 to 259");
    }

    @Test
    @DisplayName("35 special-token-out-of-range: -1")
    void specialTokenOutOfRange_beginIsMinusOne() {
        malformed(
                Toy.bpe("gpt-2").put("tokenizer.ggml.bos_token_id", -1),
                "toy.gguf: key tokenizer.ggml.bos_token_id: found -1, expected a number from 0 to 255");
    }

    @Test
    @DisplayName("35 special-token-out-of-range: wanted but missing")
    void specialTokenOutOfRange_wantedButMissing() {
        malformed(
                Toy.bpe("gpt-2").put("tokenizer.ggml.add_bos_token", true),
                "toy.gguf: key tokenizer.ggml.bos_token_id: found nothing, expected a token, because "
                        + "tokenizer.ggml.add_bos_token is true");
        malformed(
                Toy.bpe("gpt-2").put("tokenizer.ggml.add_eos_token", true),
                "toy.gguf: key tokenizer.ggml.eos_token_id: found nothing, expected a token, because "
                        + "tokenizer.ggml.add_eos_token is true");
    }

    @Test
    @DisplayName("36 merges-malformed")
    void mergesMalformed_noSpace() {
        malformed(
                Toy.bpe("gpt-2").put("tokenizer.ggml.merges", new String[] {"ab"}),
                "toy.gguf: key tokenizer.ggml.merges, merge 0: found \"ab\", expected two tokens with a space between");
    }

    @Test
    @DisplayName("36 merges-malformed: an empty part")
    void mergesMalformed_emptyPart() {
        malformed(
                Toy.bpe("gpt-2", "a b").put("tokenizer.ggml.merges", new String[] {"a b", "a "}),
                "toy.gguf: key tokenizer.ggml.merges, merge 1: found \"a \", expected two tokens with a space between");
        malformed(
                Toy.bpe("gpt-2", "a b").put("tokenizer.ggml.merges", new String[] {" a", ""}),
                "toy.gguf: key tokenizer.ggml.merges, merge 0: found \" a\", expected two tokens with a space between");
        malformed(
                Toy.bpe("gpt-2").put("tokenizer.ggml.merges", new String[] {""}),
                "toy.gguf: key tokenizer.ggml.merges, merge 0: found \"\", expected two tokens with a space between");
    }

    @Test
    @DisplayName("36 merges-malformed: unknown tokens")
    void mergesMalformed_unknownTokens() {
        malformed(
                Toy.bpe("gpt-2").put("tokenizer.ggml.merges", new String[] {"a xy"}),
                "toy.gguf: key tokenizer.ggml.merges, merge 0: found \"a xy\", but no token \"xy\", expected two tokens "
                        + "of the vocabulary that join to a third");
        malformed(
                Toy.bpe("gpt-2").put("tokenizer.ggml.merges", new String[] {"a b"}),
                "toy.gguf: key tokenizer.ggml.merges, merge 0: found \"a b\", but no token \"ab\", expected two tokens "
                        + "of the vocabulary that join to a third");
        malformed(
                Toy.bpe("gpt-2").put("tokenizer.ggml.merges", new String[] {"a b c"}),
                "toy.gguf: key tokenizer.ggml.merges, merge 0: found \"a b c\", but no token \"b c\", expected two tokens "
                        + "of the vocabulary that join to a third");
    }

    @Test
    @DisplayName("36 merges-malformed: ten million")
    void mergesMalformed_tenMillion() {
        String[] merges = new String[10_000_000];
        Arrays.fill(merges, "a b");
        rejected(
                ResourceLimitException.class,
                Toy.bpe("gpt-2", "a b").put("tokenizer.ggml.merges", merges),
                "toy.gguf: key tokenizer.ggml.merges: 10000000 merges exceeds the limit of 4194304 merges; no known "
                        + "model has that many, check where the file comes from");
    }

    @Test
    @DisplayName("36 merges-malformed: a cycle there cannot be")
    void mergesMalformed_inACircle() {
        Tokenizer tokenizer = Toy.bpe("gpt-2", "ab a", "a b", "b a", "ba b").tokenizer();
        String text = "ab".repeat(20_000);
        assertEquals(text, tokenizer.decode(tokenizer.encode(text, false, false), false));
    }

    @Test
    @DisplayName("CVE-2025-49847: a token longer than 32,767 bytes")
    void longToken() {
        String text = "x".repeat(70_000);
        Tokenizer pieces = Toy.spm(text).tokenizer();
        assertEquals(text, pieces.vocabulary().text(259));
        Tokenizer bytes = Toy.bpe("gpt-2").add(text, TokenKind.NORMAL).tokenizer();
        assertEquals(text, bytes.vocabulary().text(256));
        for (Tokenizer tokenizer : new Tokenizer[] {pieces, bytes}) {
            String decoded = tokenizer.decode(tokenizer.encode("a" + text, false, false), false);
            assertTrue(decoded.endsWith("a" + text), "length " + decoded.length());
        }
    }

    @Test
    @DisplayName("36 merges-malformed: none")
    void mergesMalformed_none() {
        malformed(
                Toy.bpe("gpt-2").remove("tokenizer.ggml.merges"),
                "toy.gguf: key tokenizer.ggml.merges: found nothing, expected the merges of the vocabulary");
    }

    @Test
    @DisplayName("37 byte-token-bad")
    void byteTokenBad_notHexadecimal() {
        malformed(
                Toy.spm().add("<0xGG>", TokenKind.BYTE),
                "toy.gguf: key tokenizer.ggml.tokens, token 259: found the byte token \"<0xGG>\", expected <0x00> to "
                        + "<0xFF>");
        malformed(
                Toy.spm().add("<0x-1>", TokenKind.BYTE),
                "toy.gguf: key tokenizer.ggml.tokens, token 259: found the byte token \"<0x-1>\", expected <0x00> to "
                        + "<0xFF>");
        malformed(
                Toy.spm().add("<0x1>", TokenKind.BYTE),
                "toy.gguf: key tokenizer.ggml.tokens, token 259: found the byte token \"<0x1>\", expected <0x00> to "
                        + "<0xFF>");
    }

    @Test
    @DisplayName("37 byte-token-bad: one missing")
    void byteTokenBad_oneMissing() {
        Toy toy = Toy.spm();
        String[] tokens = new String[259];
        int[] kinds = new int[259];
        for (int i = 0; i < 259; i++) {
            tokens[i] = i < 3 ? "s" + i : i == 68 ? "A" : String.format("<0x%02X>", i - 3);
            kinds[i] = i < 3 ? 3 : i == 68 ? 1 : 6;
        }
        malformed(
                toy.put("tokenizer.ggml.tokens", tokens).put("tokenizer.ggml.token_type", kinds),
                "toy.gguf: key tokenizer.ggml.tokens: found 255 of the 256 byte tokens, without <0x41>, expected all "
                        + "of them or none");
    }

    @Test
    @DisplayName("37 byte-token-bad: neither bytes nor an unknown token")
    void byteTokenBad_neitherBytesNorUnknown() {
        malformed(
                Toy.spm()
                        .put("tokenizer.ggml.tokens", new String[] {"a", "b"})
                        .put("tokenizer.ggml.token_type", new int[] {1, 1})
                        .put("tokenizer.ggml.scores", new float[2]),
                "toy.gguf: key tokenizer.ggml.tokens: found neither byte tokens nor an unknown token, expected one of "
                        + "them");
    }

    @Test
    @DisplayName("37 byte-token-bad: bytes of U+FFFD missing")
    void byteTokenBad_bytesOfReplacementMissing() {
        malformed(
                Toy.bpe("gpt-2")
                        .put("tokenizer.ggml.tokens", new String[] {"a", "b"})
                        .put("tokenizer.ggml.token_type", new int[] {1, 1}),
                "toy.gguf: key tokenizer.ggml.tokens: found no token for 254 of the 256 bytes, among them 0xEF, "
                        + "expected a token for every byte, or at least for those of U+FFFD");
    }

    @Test
    void specialTokenTooLong() {
        rejected(
                ResourceLimitException.class,
                Toy.spm().add("<" + "a".repeat(1023) + ">", TokenKind.CONTROL),
                "toy.gguf: the text of the special token 259: 1025 bytes exceeds the limit of 1024 bytes; no known "
                        + "model has one of that size, check where the file comes from");
    }

    @Test
    void specialTokensTooLongTogether() {
        Toy toy = Toy.spm();
        for (int i = 0; i < 4200; i++) {
            toy.add(String.format("%04d", i).repeat(256), TokenKind.USER_DEFINED);
        }
        rejected(
                ResourceLimitException.class,
                toy,
                "toy.gguf: the texts of the special tokens: 4194316 bytes exceeds the limit of 4194304 bytes; no known "
                        + "model has one of that size, check where the file comes from");
    }

    @Test
    void modelUnknown() {
        rejected(
                UnsupportedModelException.class,
                Toy.spm().put("tokenizer.ggml.model", "rwkv"),
                "toy.gguf: the tokenizer \"rwkv\" (key tokenizer.ggml.model) is not supported; supported: llama, gpt2, t5, clip");
    }

    @Test
    void tokenOutOfRange_isAProgrammingError() {
        Tokenizer tokenizer = Toy.spm().tokenizer();
        for (int token : new int[] {-1, 259}) {
            String message = "token: found " + token + ", expected 0 to 258";
            assertEquals(
                    message,
                    assertThrows(IllegalArgumentException.class, () -> tokenizer.bytes(token))
                            .getMessage());
            assertEquals(
                    message,
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> tokenizer.vocabulary().text(token))
                            .getMessage());
        }
    }
}
