package io.peregrine.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peregrine.core.gguf.GgufFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The prompts and answers of the toy models against the ids and bytes that llama.cpp makes of them.
class FixtureTokensTest {

    private static final Path FIXTURES = Path.of("src/test/resources/fixtures");

    /// In place of the rows of a picture.
    private static final int[] PICTURE = {-1};

    @ParameterizedTest
    @ValueSource(strings = {"text_llama_spm", "text_llama_bpe", "text_llama_bpe3", "text_llama_q4_0"})
    void encode_promptsOfToyModels_idsOfLlamaCpp(String name) throws IOException {
        Tokenizer tokenizer = tokenizer(FIXTURES.resolve(name));
        for (JsonNode each : cases(FIXTURES.resolve(name))) {
            String prompt = each.get("prompt").textValue();
            int[] tokens = tokenizer.encode(prompt, true, true);
            assertArrayEquals(ids(each.get("chunks").get(0).get("tokens")), tokens, prompt);
            int first = tokenizer.vocabulary().addsBos() ? 1 : 0;
            int[] withoutBos = IntStream.of(tokens).skip(first).toArray();
            assertEquals(prompt, tokenizer.decode(withoutBos, true));
            checkAnswer(tokenizer, each);
        }
    }

    /// Every family whose toy model is here, and one without pictures.
    static List<String> families() throws IOException {
        try (Stream<Path> folders = Files.list(FIXTURES)) {
            return folders.filter(folder -> Files.exists(folder.resolve("model.gguf")))
                    .map(folder -> folder.getFileName().toString())
                    .filter(name -> name.startsWith("vlm_") || name.equals("text_llama_bpe"))
                    .sorted()
                    .toList();
        }
    }

    /// Text is tokenised between pictures, which bring their own marks. Of the golden ids those of the text leave the
    /// marks: what they read as is what they are made of.
    @ParameterizedTest
    @MethodSource("families")
    void encode_promptsWithPictures_idsOfLlamaCpp(String name) throws IOException {
        Tokenizer tokenizer = tokenizer(FIXTURES.resolve(name));
        for (JsonNode each : cases(FIXTURES.resolve(name))) {
            String prompt = each.get("prompt").textValue();
            List<int[]> golden = new ArrayList<>();
            for (JsonNode chunk : each.get("chunks")) {
                golden.add(chunk.has("tokens") ? ids(chunk.get("tokens")) : PICTURE);
            }
            int[] all = golden.stream().flatMapToInt(IntStream::of).toArray();
            String[] texts = prompt.split("<__media__>", -1);
            int from = 0;
            for (int i = 0; i < texts.length; i++) {
                int[] tokens = tokenizer.encode(texts[i], i == 0, true);
                int at = i == 0 ? 0 : i == texts.length - 1 ? all.length - tokens.length : find(all, from, tokens);
                assertArrayEquals(tokens, Arrays.copyOfRange(all, at, at + tokens.length), prompt + ": text " + i);
                checkMarks(tokenizer, Arrays.copyOfRange(all, from, at));
                from = at + tokens.length;
            }
            assertEquals(all.length, from);
            checkAnswer(tokenizer, each);
        }
    }

    private static int find(int[] all, int from, int[] tokens) {
        for (int at = from; at <= all.length - tokens.length; at++) {
            if (Arrays.equals(all, at, at + tokens.length, tokens, 0, tokens.length)) {
                return at;
            }
        }
        return from;
    }

    private static void checkMarks(Tokenizer tokenizer, int[] marks) {
        for (int at = 0; at < marks.length; ) {
            int end = at;
            while (end < marks.length && marks[end] != PICTURE[0]) {
                end++;
            }
            int[] mark = Arrays.copyOfRange(marks, at, end);
            assertArrayEquals(mark, tokenizer.encode(tokenizer.decode(mark, true), false, true));
            at = end + 1;
        }
    }

    private static Tokenizer tokenizer(Path folder) {
        try (GgufFile file = GgufFile.open(folder.resolve("model.gguf"))) {
            return Tokenizer.of(file.metadata());
        }
    }

    private static JsonNode cases(Path folder) throws IOException {
        return new ObjectMapper()
                .readTree(folder.resolve("expected.json").toFile())
                .get("cases");
    }

    private static void checkAnswer(Tokenizer tokenizer, JsonNode each) {
        int[] generated = ids(each.get("generated"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        StringBuilder streamed = new StringBuilder();
        TextDecoder decoder = tokenizer.decoder(true);
        for (int token : generated) {
            bytes.writeBytes(tokenizer.bytes(token));
            streamed.append(decoder.append(token));
        }
        streamed.append(decoder.finish());
        String hex = each.get("generated_bytes_hex").textValue();
        assertEquals(hex, HexFormat.of().formatHex(bytes.toByteArray()));
        assertEquals(new String(bytes.toByteArray(), StandardCharsets.UTF_8), streamed.toString());
    }

    private static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }
}
