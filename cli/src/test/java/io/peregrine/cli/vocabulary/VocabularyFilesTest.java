package io.peregrine.cli.vocabulary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.PeregrineException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabularyFilesTest {

    @TempDir
    private Path folder;

    private Vocabulary read() {
        return VocabularyFiles.read(folder, null);
    }

    /// @param expected the message after the name of the file
    private void assertRejected(String name, String expected) {
        PeregrineException e = assertThrows(PeregrineException.class, this::read);
        assertEquals(folder.resolve(name) + ": " + expected, e.getMessage());
    }

    private static String line(String bytes, int rank) {
        return Base64.getEncoder().encodeToString(bytes.getBytes(StandardCharsets.ISO_8859_1)) + " " + rank + "\n";
    }

    @Test
    void tiktoken_mergesFollowFromRanks_andSpecialTokensComeBehind() throws Exception {
        StringBuilder ranks = new StringBuilder();
        String[] tokens = {"a", "b", " ", "ab", " a", " ab", "abab", "\u00e4"};
        for (int i = 0; i < tokens.length; i++) {
            ranks.append(line(tokens[i], i));
        }
        Files.writeString(folder.resolve("qwen.tiktoken"), ranks);
        Vocabulary vocabulary = read();
        assertEquals(List.of("a b", "Ġ a", "Ġ ab", "ab ab"), vocabulary.merges());
        assertEquals("\u00e4", vocabulary.tokens().get(7).text());
        assertEquals(8 + 3 + 205 + 9, vocabulary.tokens().size());
        // As in the published model, where the last rank is 151642.
        assertEquals("<|endoftext|>", vocabulary.tokens().get(8).text());
        assertEquals("<ref>", vocabulary.tokens().get(8 + 151851 - 151643).text());
        assertEquals("<img>", vocabulary.tokens().get(8 + 151857 - 151643).text());
        assertEquals(Token.CONTROL, vocabulary.tokens().get(8 + 151857 - 151643).kind());
        assertEquals(Map.of("eos_token_id", 8, "padding_token_id", 8), vocabulary.ids());
    }

    @Test
    void tiktoken_thatIsWrong() throws Exception {
        String expected = ", expected at most 512 new bytes in base64, a blank, and the rank 1";
        Files.writeString(folder.resolve("qwen.tiktoken"), line("a", 0) + "YQ== 1\n");
        assertRejected("qwen.tiktoken", "line 2: found 'YQ== 1'" + expected);
        Files.writeString(folder.resolve("qwen.tiktoken"), line("a", 0) + line("b", 2));
        assertRejected("qwen.tiktoken", "line 2: found 'Yg== 2'" + expected);
        Files.writeString(folder.resolve("qwen.tiktoken"), line("a", 0) + "!!! 1\n");
        assertRejected("qwen.tiktoken", "line 2: found '!!! 1'" + expected);
        Files.writeString(folder.resolve("qwen.tiktoken"), line("a", 0) + line("aaa", 1));
        assertRejected(
                "qwen.tiktoken",
                "token 1: found 3 parts when it is merged from its bytes, expected two; the ranks are not those of a"
                        + " byte-pair encoding");
    }

    /// What Llama's sentencepiece becomes in tokenizer.json: the order of merges is the order of scores.
    @Test
    void tokenizerJson_ofCharactersWithBytes() throws Exception {
        Files.writeString(folder.resolve("tokenizer.json"), """
            {"added_tokens": [{"id": 0, "content": "<unk>", "special": true},
              {"id": 1, "content": "<s>", "special": true},
              {"id": 8, "content": "<image>", "special": false}],
             "model": {"type": "BPE", "byte_fallback": true, "unk_token": "<unk>",
              "vocab": {"<unk>": 0, "<s>": 1, "<0x00>": 2, "a": 3, "b": 4, "ab": 5, "▁": 6, "▁ab": 7},
              "merges": ["a b", ["▁", "ab"]]}}\
            """);
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"bos_token\": {\"content\": \"<s>\"}, \"unk_token\": \"<unk>\"}");
        Vocabulary vocabulary = read();
        assertEquals("llama", vocabulary.model());
        assertEquals(
                List.of(
                        new Token("<unk>", 0, Token.UNKNOWN),
                        new Token("<s>", -2, Token.CONTROL),
                        new Token("<0x00>", 0, Token.BYTE),
                        new Token("a", -2, Token.NORMAL),
                        new Token("b", -2, Token.NORMAL),
                        new Token("ab", 0, Token.NORMAL),
                        new Token("▁", -2, Token.NORMAL),
                        new Token("▁ab", -1, Token.NORMAL),
                        new Token("<image>", 0, Token.USER_DEFINED)),
                vocabulary.tokens());
        assertEquals(8, vocabulary.base());
        assertEquals(Map.of("bos_token_id", 1, "unknown_token_id", 0), vocabulary.ids());
        assertEquals(true, vocabulary.flags().get("add_bos_token"));
    }

    @Test
    void tokenizerJson_ofBytes_isRecognisedByItsPattern() throws Exception {
        String model =
                "\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2}, \"merges\": [\"a b\"]}}";
        Files.writeString(
                folder.resolve("tokenizer.json"),
                "{\"pre_tokenizer\": {\"type\": \"ByteLevel\", \"use_regex\": true}," + model);
        assertEquals("gpt-2", read().pre());
        assertEquals(List.of("a b"), read().merges());
        Files.writeString(
                folder.resolve("tokenizer.json"),
                "{\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\":"
                        + " {\"Regex\": \"x+\"}}, {\"type\": \"ByteLevel\", \"use_regex\": false}]},"
                        + model);
        PeregrineException e = assertThrows(PeregrineException.class, this::read);
        assertTrue(e.getMessage()
                .endsWith("is not supported; supported: those of GPT-2, Llama 3 and Qwen 2, and any that --pre"
                        + " NAME names"));
        assertEquals(
                "deepseek-llm", VocabularyFiles.read(folder, "deepseek-llm").pre());
    }

    @Test
    void tokenizerJson_unigram() throws Exception {
        Files.writeString(
                folder.resolve("tokenizer.json"),
                "{\"model\": {\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"<unk>\", 0], [\"▁a\", -1.5]]}}");
        assertEquals("t5", read().model());
        assertEquals(
                List.of(new Token("<unk>", 0, Token.UNKNOWN), new Token("▁a", -1.5f, Token.NORMAL)), read().tokens());
    }

    @Test
    void tokenizerJson_thatIsWrong() throws Exception {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, "{\"model\": {\"type\": \"BPE\", \"byte_fallback\": true, \"vocab\": {\"a\": 1}}}");
        assertRejected(
                "tokenizer.json", "model.vocab, 'a': found 1, expected a text, and an id of its own from 0 to 0");
        Files.writeString(file, "{\"model\": {\"type\": \"BPE\", \"byte_fallback\": true, \"merges\": [\"a\"]}}");
        assertRejected("tokenizer.json", "model.merges, 0: found \"a\", expected two texts");
        Files.writeString(file, "{\"model\": {\"type\": \"WordPiece\"}}");
        assertRejected("tokenizer.json", "the tokenizer model WordPiece is not supported; supported: BPE, Unigram");
        Files.writeString(file, "[".repeat(100));
        assertRejected(
                "tokenizer.json",
                "JSON: found 'Document nesting depth (65) exceeds the maximum allowed (64, from"
                        + " `StreamReadConstraints.getMaxNesti...' from the parser, expected valid JSON; is the download"
                        + " complete?");
        Files.writeString(file, "{\"added_tokens\": [{\"id\": 99999999, \"content\": \"x\"}]}");
        assertRejected(
                "tokenizer.json", "added token 'x': found id 99999999, expected a text, and an id from 0 to 4194303");
    }

    @Test
    void sentencePiece_thatIsWrong() throws Exception {
        Path file = folder.resolve("tokenizer.model");
        Files.write(file, new byte[] {0x0a, 0x7f, 'x'});
        assertRejected(
                "tokenizer.model",
                "piece 0 at byte 2: found the end after 1 bytes, expected 127 bytes; is the download" + " complete?");
        byte[] endless = new byte[20];
        Arrays.fill(endless, (byte) 0xff);
        Files.write(file, endless);
        assertRejected(
                "tokenizer.model",
                "number before byte 10: found more than 10 bytes, expected at most 10; is this a sentencepiece model?");
        Files.write(file, new byte[] {0x08, 1});
        assertRejected(
                "tokenizer.model",
                "piece 0, field 1 before byte 1: found wire type 0, expected wire type 2; is this a sentencepiece"
                        + " model?");
        Files.write(file, new byte[] {0x0a, 4, 0x0a, 2, (byte) 0xc3, 0x28});
        assertRejected("tokenizer.model", "piece 0: found a text that is not UTF-8, expected UTF-8");
        Files.write(file, new byte[] {0x0a, 5, 0x0a, 1, 'a', 0x18, 9});
        assertRejected(
                "tokenizer.model",
                "piece 0: found type 9 and score 0.0, expected a text, a type from 1 to 6 and a score");
        Files.write(file, new byte[] {0x0a, 3, 0x0a, 1, 'a', 0x12, 2, 0x18, 4});
        assertRejected(
                "tokenizer.model", "the sentencepiece model type 4 is not supported; supported: 1 (unigram), 2 (bpe)");
        Files.write(file, new byte[0]);
        assertRejected("tokenizer.model", "sentencepiece model: found no pieces, expected pieces");
    }

    @Test
    void noVocabulary() {
        PeregrineException e = assertThrows(PeregrineException.class, this::read);
        assertEquals(
                folder + ": holds no vocabulary; expected tokenizer.model, a .tiktoken file, or tokenizer.json",
                e.getMessage());
    }
}
