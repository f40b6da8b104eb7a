package io.peregrine.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {

    private static List<String> texts(Tokenizer tokenizer, int[] tokens) {
        return Arrays.stream(tokens).mapToObj(tokenizer.vocabulary()::text).toList();
    }

    private static List<String> encode(Tokenizer tokenizer, String text, boolean parseSpecial) {
        return texts(tokenizer, tokenizer.encode(text, false, parseSpecial));
    }

    @Test
    void encode_sentencePiece_bestScoreFirst() {
        Tokenizer tokenizer = Toy.spm("ab", "bc", "a", "b", "c", "▁", "▁a").tokenizer();
        assertEquals(List.of("▁", "ab", "c"), encode(tokenizer, "abc", false));
        assertEquals(List.of("▁", "bc", "bc"), encode(tokenizer, "bcbc", false));
        assertEquals(List.of("▁a", "▁a"), encode(tokenizer, "a a", false));
    }

    @Test
    void encode_sentencePieceEqualScores_leftmostFirst() {
        Toy toy = Toy.spm("aa", "a", "▁");
        float[] scores = new float[toy.size()];
        Tokenizer tokenizer = toy.put("tokenizer.ggml.scores", scores).tokenizer();
        assertEquals(List.of("▁", "aa", "aa", "a"), encode(tokenizer, "aaaaa", false));
    }

    /// A token with a space inside forbids merging word by word; it must not change anything else.
    @Test
    void encode_sentencePieceTokenWithSpaceInside_sameTokensOtherwise() {
        String[] pieces = {"▁a", "ab", "▁▁", "ba", "▁▁▁▁", "bb", "▁ab", "abb", "a", "b", "▁"};
        Tokenizer wordByWord = Toy.spm(pieces).tokenizer();
        Tokenizer whole = Toy.spm(pieces).add("c▁", TokenKind.NORMAL).tokenizer();
        Random random = new Random(8);
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(60); length > 0; length--) {
                text.append(" ab".charAt(random.nextInt(3)));
            }
            assertArrayEquals(
                    whole.encode(text.toString(), true, true), wordByWord.encode(text.toString(), true, true));
        }
        assertEquals(List.of("▁", "<0x63>", "c▁", "<0x63>"), encode(whole, "cc c", false));
    }

    @Test
    void encode_sentencePieceScoresAsIntegers_likeFloats() {
        Toy toy = Toy.spm("ab", "bc", "a", "b", "c", "▁");
        int[] scores = new int[toy.size()];
        scores[toy.size() - 5] = 1;
        Tokenizer tokenizer = toy.put("tokenizer.ggml.scores", scores).tokenizer();
        assertEquals(List.of("▁", "a", "bc"), encode(tokenizer, "abc", false));
    }

    @Test
    void encode_sentencePieceWithoutBytes_unknownToken() {
        Tokenizer tokenizer = Toy.spm()
                .put("tokenizer.ggml.tokens", new String[] {"<unk>", "▁", "a"})
                .put("tokenizer.ggml.token_type", new int[] {2, 1, 1})
                .put("tokenizer.ggml.scores", new float[3])
                .tokenizer();
        assertArrayEquals(new int[] {1, 2, 0, 0, 2}, tokenizer.encode("aé😀a", false, false));
    }

    @Test
    void encode_sentencePieceWithoutKinds_bytesBySpelling() {
        Tokenizer tokenizer =
                Toy.spm("a", "▁").remove("tokenizer.ggml.token_type").tokenizer();
        assertEquals(List.of("▁", "a", "<0xC3>", "<0xA9>"), encode(tokenizer, "aé", false));
        assertEquals("aé", tokenizer.decode(tokenizer.encode("aé", false, false), false));
    }

    @Test
    void encode_spacePrefix_afterEverySpecialTokenAndOnlyIfWanted() {
        Toy toy = Toy.spm("a", "▁").add("<x>", TokenKind.CONTROL);
        assertEquals(List.of("▁", "a", "<x>", "▁", "▁", "a"), encode(toy.tokenizer(), "a<x> a", true));
        Tokenizer without = toy.put("tokenizer.ggml.add_space_prefix", false).tokenizer();
        assertEquals(List.of("a", "<x>", "▁", "a"), encode(without, "a<x> a", true));
        assertEquals("a<x> a", without.decode(without.encode("a<x> a", false, true), true));
    }

    @Test
    void encode_beginAndEnd_asTheFileSays() {
        Toy toy = Toy.spm("a", "▁");
        assertEquals(
                List.of("<s>", "▁", "a"), texts(toy.tokenizer(), toy.tokenizer().encode("a", true, false)));
        assertEquals(List.of("<s>"), texts(toy.tokenizer(), toy.tokenizer().encode("", true, false)));
        Tokenizer both = toy.put("tokenizer.ggml.add_eos_token", true).tokenizer();
        assertEquals(List.of("<s>", "▁", "a", "</s>"), texts(both, both.encode("a", true, false)));
        assertEquals(List.of("<s>", "<s>", "</s>"), texts(both, both.encode("<s>", true, true)));
        Tokenizer none =
                Toy.spm("a", "▁").put("tokenizer.ggml.add_bos_token", false).tokenizer();
        assertEquals(List.of("▁", "a"), texts(none, none.encode("a", true, false)));
    }

    @Test
    void encode_beginOfLlama3_byDefaultIfThereIsOne() {
        assertFalse(Toy.bpe("llama-bpe").tokenizer().vocabulary().addsBos());
        Toy toy = Toy.bpe("llama-bpe").add("<|begin_of_text|>", TokenKind.CONTROL);
        Tokenizer tokenizer = toy.put("tokenizer.ggml.bos_token_id", 256).tokenizer();
        assertArrayEquals(new int[] {256, 'a' - 33}, indices(tokenizer.encode("a", true, false), tokenizer));
    }

    /// Byte tokens by their place in the printable range, so that tests read well.
    private static int[] indices(int[] tokens, Tokenizer tokenizer) {
        return IntStream.of(tokens)
                .map(token -> token < 256 ? tokenizer.vocabulary().text(token).charAt(0) - 33 : token)
                .toArray();
    }

    @Test
    void encode_wholeWordThatIsAToken_takenWithoutMergingByLlama3Only() {
        for (String pre : List.of("llama-bpe", "dbrx")) {
            Toy toy = Toy.bpe(pre, "a b");
            Tokenizer tokenizer = toy.add("abab", TokenKind.NORMAL).tokenizer();
            List<String> expected = pre.equals("dbrx") ? List.of("ab", "ab") : List.of("abab");
            assertEquals(expected, encode(tokenizer, "abab", false));
        }
    }

    @Test
    void encode_missingByte_replacementCharacter() {
        Toy toy = Toy.bpe("gpt-2");
        String[] tokens = IntStream.range(0, 256)
                .mapToObj(value -> value == 3 ? "three" : String.valueOf(ByteAlphabet.spelling(value)))
                .toArray(String[]::new);
        Tokenizer tokenizer = toy.put("tokenizer.ggml.tokens", tokens).tokenizer();
        assertEquals("a\uFFFDb", tokenizer.decode(tokenizer.encode("a\u0003b", false, false), false));
    }

    @Test
    void encode_userDefinedTokenSpelledAsAByte_isNotThatByte() {
        Toy toy = Toy.bpe("gpt-2");
        int[] kinds = new int[256];
        Arrays.fill(kinds, TokenKind.NORMAL.ordinal());
        kinds[0xFC] = TokenKind.USER_DEFINED.ordinal();
        Tokenizer tokenizer = toy.put("tokenizer.ggml.token_type", kinds).tokenizer();
        assertArrayEquals(new int[] {0xFC}, tokenizer.encode("ü", false, false));
        assertEquals("ü", tokenizer.decode(new int[] {0xFC}, false));
        assertEquals("\uFFFD", tokenizer.decode(tokenizer.encode(new byte[] {(byte) 0xFC}, false, false), false));
    }

    @Test
    void encode_specialTokens_onlyWhereAskedForAndUserDefinedAlways() {
        Tokenizer tokenizer = Toy.bpe("gpt-2")
                .add("<|im_end|>", TokenKind.CONTROL)
                .add("<tool>", TokenKind.USER_DEFINED)
                .tokenizer();
        assertEquals(List.of("a", "<|im_end|>", "<tool>", "b"), encode(tokenizer, "a<|im_end|><tool>b", true));
        List<String> plain = encode(tokenizer, "a<|im_end|><tool>b", false);
        assertFalse(plain.contains("<|im_end|>"));
        assertTrue(plain.contains("<tool>"));
        assertEquals("a<|im_end|><tool>b", String.join("", plain));
    }

    @Test
    void encode_specialTokens_longestAtEachPlace() {
        Tokenizer tokenizer = Toy.bpe("gpt-2")
                .add("<a", TokenKind.CONTROL)
                .add("<ab", TokenKind.CONTROL)
                .add("<abc>", TokenKind.CONTROL)
                .add("c>", TokenKind.CONTROL)
                .tokenizer();
        assertEquals(List.of("<abc>"), encode(tokenizer, "<abc>", true));
        assertEquals(List.of("<ab", "d", "<a", "x"), encode(tokenizer, "<abd<ax", true));
    }

    @Test
    void encode_phi3_whiteSpaceAfterSpecialTokensBelongsToThem() {
        Toy toy = Toy.spm("a", "▁").add("<|user|>", TokenKind.CONTROL).put("general.name", "Phi-3 mini");
        assertEquals(
                List.of("<|user|>", "▁", "a", "</s>", "<s>", "▁", "▁", "a"),
                encode(toy.tokenizer(), "<|user|>\n  a</s> <s> a", true));
    }

    @DisplayName("46 unicode-torture")
    @Test
    void encode_loneSurrogate_replacementCharacter() {
        Tokenizer tokenizer = Toy.bpe("gpt-2").tokenizer();
        assertArrayEquals(
                tokenizer.encode("a\uFFFDb\uFFFD", false, false), tokenizer.encode("a\uD83Db\uDE00", false, false));
    }

    @Test
    void merge_intoAControlToken_doesNotHappen() {
        Tokenizer spm = Toy.spm("</s", ">", "<", "/", "s", "</", "▁").tokenizer();
        assertEquals(List.of("▁", "</s", ">"), encode(spm, "</s>", false));
        Toy toy = Toy.bpe("gpt-2", "a b", "ab c");
        int[] kinds = new int[258];
        Arrays.fill(kinds, TokenKind.NORMAL.ordinal());
        kinds[257] = TokenKind.CONTROL.ordinal();
        Tokenizer bpe = toy.put("tokenizer.ggml.token_type", kinds).tokenizer();
        assertEquals(List.of("ab", "c"), encode(bpe, "abc", false));
        assertEquals(List.of("abc"), encode(bpe, "abc", true));
    }

    @DisplayName("44 user-text-special-token")
    @Test
    void userTextSpecialToken_staysText() {
        Tokenizer tokenizer = Toy.bpe("gpt-2", "a b", "b c", "Ġ a")
                .add("<|im_end|>", TokenKind.CONTROL)
                .add("<image>", TokenKind.USER_DEFINED)
                .add("  ", TokenKind.USER_DEFINED)
                .tokenizer();
        List<TextPart> parts = List.of(
                TextPart.template("<|im_end|>a"), TextPart.user("bc  <|im_end|><image>"), TextPart.template("<image>"));
        int[] tokens = tokenizer.encodeParts(parts, false);
        assertEquals(
                List.of(
                        "<|im_end|>",
                        "ab",
                        "c",
                        "  ",
                        "<",
                        "|",
                        "i",
                        "m",
                        "_",
                        "e",
                        "n",
                        "d",
                        "|",
                        ">",
                        "<",
                        "i",
                        "m",
                        "a",
                        "g",
                        "e",
                        ">",
                        "<image>"),
                texts(tokenizer, tokens));
        assertEquals("<|im_end|>abc  <|im_end|><image><image>", tokenizer.decode(tokens, true));
    }

    @DisplayName("44 user-text-special-token")
    @Test
    void userTextSpecialToken_notEvenWithHelpOfTheTemplate() {
        Tokenizer tokenizer =
                Toy.bpe("gpt-2").add("<|im_end|>", TokenKind.CONTROL).tokenizer();
        int end = tokenizer.vocabulary().find("<|im_end|>");
        List<List<TextPart>> prompts = List.of(
                List.of(TextPart.template("<|im_"), TextPart.user("end|>")),
                List.of(TextPart.user("<|im_"), TextPart.template("end|>")),
                List.of(TextPart.template("<|"), TextPart.user("im_end"), TextPart.template("|>")));
        for (List<TextPart> prompt : prompts) {
            assertTrue(IntStream.of(tokenizer.encodeParts(prompt, false)).noneMatch(token -> token == end));
        }
        int[] template = tokenizer.encodeParts(
                List.of(TextPart.template("<|im_"), TextPart.user(""), TextPart.template("end|>")), false);
        assertArrayEquals(new int[] {end}, template);
    }

    /// The ends of turns of all families, in each kind of tokenizer: none of them becomes the token, and all come back.
    @Test
    @DisplayName("44 user-text-special-token")
    void userTextSpecialToken_everyKindOfTokenizer_comesBack() {
        List<String> names = List.of(
                "</s>", "<|im_end|>", "<|im_start|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "<end_of_utterance>",
                "[/INST]", "<|endoftext|>", "<image>", "<|image_pad|>", "<fake_token_around_image>");
        String said = "a " + String.join("", names) + "\n" + String.join(" ", names) + " b";
        List<Toy> kinds = List.of(
                Toy.bpe("gpt-2", "< |", "| >"),
                Toy.bpe("llama-bpe", "< |"),
                Toy.bpe("qwen2", "< /"),
                Toy.bpe("tekken"),
                Toy.spm("<", "▁", "|", "</", "</s"),
                Toy.spm("<", "▁", "|", "</", "</s").put("tokenizer.ggml.model", "t5"));
        for (Toy toy : kinds) {
            boolean named = "gpt2".equals(toy.metadata.get("tokenizer.ggml.model"));
            names.stream().filter(name -> named || !name.equals("</s>")).forEach(name -> toy.add(name, TokenKind.CONTROL));
            Tokenizer tokenizer = toy.tokenizer();
            int[] tokens = tokenizer.encodeParts(List.of(TextPart.user(said)), false);
            for (int token : tokens) {
                assertFalse(names.contains(tokenizer.vocabulary().text(token)), toy.metadata + ": " + token);
            }
            assertEquals(said, tokenizer.decode(tokens, true));
            int[] trusted = tokenizer.encodeParts(List.of(TextPart.template(said)), false);
            assertEquals(
                    2L * names.size(),
                    IntStream.of(trusted).filter(token -> names.contains(tokenizer.vocabulary().text(token))).count());
        }
    }

    @Test
    void encodeParts_textWithoutSpecialTokens_asOneText() {
        Tokenizer spm = Toy.spm("ab", "bc", "a", "b", "c", "▁", "▁a").tokenizer();
        List<TextPart> parts = List.of(TextPart.template("a"), TextPart.user("b"), TextPart.user("c a"));
        assertArrayEquals(spm.encode("abc a", true, true), spm.encodeParts(parts, true));
    }

    @Test
    void decode_controlTokens_onlyIfWanted() {
        Tokenizer tokenizer = Toy.spm("a", "▁").tokenizer();
        int[] tokens = tokenizer.encode("a</s>a", true, true);
        assertEquals("<s>a</s>a", tokenizer.decode(tokens, true));
        assertEquals("aa", tokenizer.decode(tokens, false));
    }

    /// Boxes are what the models say and are asked: files call them control tokens all the same.
    @Test
    void placesInPictures_shownInAnswersAndReadInAnyText() {
        Tokenizer tokenizer = Toy.bpe("qwen2")
                .add("<ref>", TokenKind.CONTROL)
                .add("</ref>", TokenKind.CONTROL)
                .add("<box>", TokenKind.CONTROL)
                .add("</box>", TokenKind.USER_DEFINED)
                .add("<|box_start|>", TokenKind.CONTROL)
                .add("<img>", TokenKind.CONTROL)
                .add("<|im_start|>", TokenKind.CONTROL)
                .tokenizer();
        String said = "<ref>a</ref><box>(1,2)</box><|box_start|>";
        List<String> expected =
                List.of("<ref>", "a", "</ref>", "<box>", "(", "1", ",", "2", ")", "</box>", "<|box_start|>");
        int[] tokens = tokenizer.encodeParts(List.of(TextPart.user(said)), false);
        assertEquals(expected, texts(tokenizer, tokens));
        assertEquals(expected, encode(tokenizer, said, false));
        TextDecoder decoder = tokenizer.decoder(false);
        StringBuilder shown = new StringBuilder();
        Arrays.stream(tokens).forEach(token -> shown.append(decoder.append(token)));
        assertEquals(said, shown.toString());
        assertEquals(5, tokenizer.encodeParts(List.of(TextPart.user("<img>")), false).length);
        assertEquals(12, tokenizer.encodeParts(List.of(TextPart.user("<|im_start|>")), false).length);
        assertEquals("", tokenizer.decoder(false).append(tokenizer.vocabulary().find("<img>")));
    }

    @DisplayName("46 unicode-torture")
    @Test
    void decodeBytes_invalidUtf8_comesBack() {
        byte[] bytes = {'a', (byte) 0xFF, (byte) 0xC3, ' ', (byte) 0xED, (byte) 0xA0, (byte) 0x80, 0, (byte) 0xC0, 'b'};
        for (Tokenizer tokenizer : List.of(
                Toy.bpe("llama-bpe", "a b").tokenizer(),
                Toy.bpe("deepseek-llm").tokenizer(),
                Toy.spm("a", "▁").tokenizer())) {
            assertArrayEquals(bytes, tokenizer.decodeBytes(tokenizer.encode(bytes, false, true), false));
        }
    }

    @Test
    void textDecoder_partsOfACharacter_heldBackUntilComplete() {
        Tokenizer tokenizer =
                Toy.bpe("gpt-2").add("<|im_end|>", TokenKind.CONTROL).tokenizer();
        byte[] face = "😀é".getBytes(StandardCharsets.UTF_8);
        TextDecoder decoder = tokenizer.decoder(false);
        assertEquals("", decoder.append(face[0] & 0xFF));
        assertEquals("", decoder.append(face[1] & 0xFF));
        assertEquals("", decoder.append(256));
        assertEquals("", decoder.append(face[2] & 0xFF));
        assertEquals("😀", decoder.append(face[3] & 0xFF));
        assertEquals("", decoder.append(face[4] & 0xFF));
        assertEquals("\uFFFDa", decoder.append('a'));
        assertEquals("\uFFFD", decoder.append(0xFF));
        assertEquals("", decoder.append(face[0] & 0xFF));
        assertEquals("\uFFFD", decoder.finish());
        assertEquals("b", decoder.append('b'));
        assertEquals("", decoder.finish());
        assertEquals("<|im_end|>", tokenizer.decoder(true).append(256));
    }

    @Test
    void isEndOfGeneration_namedAndKnownByText() {
        Vocabulary vocabulary = Toy.bpe("gpt-2")
                .add("<|im_end|>", TokenKind.NORMAL)
                .add("<stop>", TokenKind.CONTROL)
                .add("<fim_pad>", TokenKind.NORMAL)
                .add("<|fim_pad|>", TokenKind.NORMAL)
                .add("<|fim_middle|>", TokenKind.NORMAL)
                .put("tokenizer.ggml.eot_token_id", 257)
                .put("tokenizer.ggml.eos_token_id", 5)
                .tokenizer()
                .vocabulary();
        assertEquals(
                List.of(5, 256, 257, 259),
                IntStream.range(0, vocabulary.size())
                        .filter(vocabulary::isEndOfGeneration)
                        .boxed()
                        .toList());
        assertTrue(vocabulary.isControl(256));
        assertTrue(vocabulary.isControl(259));
        assertTrue(vocabulary.isControl(260));
        assertFalse(vocabulary.isControl(5));
    }

    @Test
    void isEndOfGeneration_endOfAMessageAmongSeveral_isNone() {
        Vocabulary harmony = Toy.bpe("gpt-4o")
                .add("<|end|>", TokenKind.CONTROL)
                .add("<|return|>", TokenKind.CONTROL)
                .add("<|call|>", TokenKind.CONTROL)
                .tokenizer()
                .vocabulary();
        assertFalse(harmony.isEndOfGeneration(256));
        assertTrue(harmony.isEndOfGeneration(257));
        assertTrue(harmony.isEndOfGeneration(258));
        Vocabulary phi =
                Toy.bpe("gpt-4o").add("<|end|>", TokenKind.CONTROL).tokenizer().vocabulary();
        assertTrue(phi.isEndOfGeneration(256));
    }

    /// `</s>` closes what is struck out in HTML there: token 212 of Gemma 3 and 4, user-defined.
    @Test
    void isEndOfGeneration_tagOfHtmlInGemma_isNone() {
        Toy toy = Toy.bpe("gpt-2")
                .add("<eos>", TokenKind.CONTROL)
                .add("<end_of_turn>", TokenKind.CONTROL)
                .add("</s>", TokenKind.USER_DEFINED)
                .put("tokenizer.ggml.eos_token_id", 256)
                .put("tokenizer.ggml.eot_token_id", 257);
        Vocabulary gemma = toy.tokenizer().vocabulary();
        assertTrue(gemma.isEndOfGeneration(256));
        assertTrue(gemma.isEndOfGeneration(257));
        assertFalse(gemma.isEndOfGeneration(258));
        assertEquals(TokenKind.USER_DEFINED, gemma.kind(258));
        Vocabulary other = Toy.bpe("gpt-2")
                .add("</s>", TokenKind.USER_DEFINED)
                .tokenizer()
                .vocabulary();
        assertTrue(other.isEndOfGeneration(256));
        Vocabulary gemma4 = Toy.bpe("gpt-2")
                .add("<|tool_response>", TokenKind.NORMAL)
                .add("</s>", TokenKind.NORMAL)
                .tokenizer()
                .vocabulary();
        assertTrue(gemma4.isEndOfGeneration(256));
        assertFalse(gemma4.isEndOfGeneration(257));
    }

    /// Answers of Granite-Docling are made of tags, which its file has as control tokens.
    @Test
    void tagsOfPages_areShown() {
        Tokenizer docling = Toy.bpe("granite-docling")
                .add("<doctag>", TokenKind.CONTROL)
                .add("<loc_0>", TokenKind.CONTROL)
                .add("</text>", TokenKind.CONTROL)
                .add("<_C++_>", TokenKind.CONTROL)
                .add("<image>", TokenKind.CONTROL)
                .add("<row_1_col_12>", TokenKind.CONTROL)
                .add("<|end_of_text|>", TokenKind.CONTROL)
                .add("<end_of_utterance>", TokenKind.CONTROL)
                .add("<fim_prefix>", TokenKind.CONTROL)
                .tokenizer();
        int[] all = IntStream.range(256, 265).toArray();
        assertEquals("<doctag><loc_0></text><_C++_>", docling.decode(all, false));
        assertArrayEquals(new int[] {256, 257}, docling.encode("<doctag><loc_0>", false, false));
        Tokenizer other = Toy.bpe("granite-docling")
                .add("<doctag>", TokenKind.CONTROL)
                .add("<text>", TokenKind.CONTROL)
                .tokenizer();
        assertEquals("", other.decode(new int[] {256, 257}, false));
    }

    /// The ends of turns that files of today's families name, or do not.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "<|im_end|>",
                "<end_of_utterance>",
                "<|end_of_text|>",
                "<end_of_turn>",
                "<|endoftext|>",
                "<|eot_id|>",
                "</s>"
            })
    void isEndOfGeneration_endsOfTurns_areKnownByText(String end) {
        Vocabulary vocabulary = Toy.bpe("gpt-2")
                .add("<stop>", TokenKind.CONTROL)
                .add(end, TokenKind.CONTROL)
                .put("tokenizer.ggml.eos_token_id", 256)
                .tokenizer()
                .vocabulary();
        assertTrue(vocabulary.isEndOfGeneration(256));
        assertTrue(vocabulary.isEndOfGeneration(257));
    }

    @Test
    void notes_noPreTokenizer_saysWhatIsAssumed() {
        Vocabulary vocabulary =
                Toy.bpe("x").remove("tokenizer.ggml.pre").tokenizer().vocabulary();
        assertEquals(
                List.of("key tokenizer.ggml.pre is missing: words are cut by the pre-tokenizer \"default\", which may "
                        + "not be the model's own; convert the model again if its answers are poor"),
                vocabulary.notes());
        assertEquals("default", vocabulary.pre());
        assertEquals(List.of(), Toy.spm().tokenizer().vocabulary().notes());
    }
}
