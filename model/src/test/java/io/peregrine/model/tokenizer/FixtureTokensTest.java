package io.peregrine.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peregrine.core.gguf.GgufFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The prompts and answers of the toy models against the ids and bytes that llama.cpp makes of them.
class FixtureTokensTest {

    @ParameterizedTest
    @ValueSource(strings = {"text_llama_spm", "text_llama_bpe", "text_llama_bpe3", "text_llama_q4_0"})
    void encode_promptsOfToyModels_idsOfLlamaCpp(String name) throws IOException, URISyntaxException {
        Path folder = Path.of(Objects.requireNonNull(FixtureTokensTest.class.getResource("/fixtures/" + name))
                .toURI());
        Tokenizer tokenizer;
        try (GgufFile file = GgufFile.open(folder.resolve("model.gguf"))) {
            tokenizer = Tokenizer.of(file.metadata());
        }
        JsonNode cases = new ObjectMapper()
                .readTree(folder.resolve("expected.json").toFile())
                .get("cases");
        for (JsonNode each : cases) {
            String prompt = each.get("prompt").textValue();
            int[] tokens = tokenizer.encode(prompt, true, true);
            assertArrayEquals(ids(each.get("chunks").get(0).get("tokens")), tokens, prompt);
            int first = tokenizer.vocabulary().addsBos() ? 1 : 0;
            int[] withoutBos = IntStream.of(tokens).skip(first).toArray();
            assertEquals(prompt, tokenizer.decode(withoutBos, true));
            checkAnswer(tokenizer, each);
        }
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
