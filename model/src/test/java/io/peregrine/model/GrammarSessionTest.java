package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.peregrine.model.grammar.Grammar;
import io.peregrine.model.grammar.GrammarException;
import io.peregrine.model.sampling.SamplingOptions;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Answers with a grammar, of models with random weights, which would write anything.
class GrammarSessionTest {

    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static Model model(String fixture) {
        return Model.load(Fixture.of(fixture).path("model.gguf"), LoadOptions.defaults().withThreads(1));
    }

    private static Session session(Model model, int context) {
        return model.newSession(SessionOptions.defaults().withContextLength(context));
    }

    private static JsonNode parsed(GenerateResult result) {
        try {
            return STRICT.readTree(result.text());
        } catch (JsonProcessingException e) {
            throw new AssertionError(result.text(), e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"text_llama_spm", "text_llama_bpe3"})
    void everyAnswer_isWholeJson(String fixture) {
        Set<FinishReason> reasons = EnumSet.noneOf(FinishReason.class);
        try (Model model = model(fixture);
                Session session = session(model, 120)) {
            for (int seed = 0; seed < 200; seed++) {
                SamplingOptions sampling = SamplingOptions.defaults()
                        .withTemperature(seed % 4 * 0.5f)
                        .withTopK(seed % 3 == 0 ? 0 : 40)
                        .withSeed(seed);
                GenerateOptions options = GenerateOptions.defaults()
                        .withSampling(sampling)
                        .withMaxTokens(2 + seed * 7 % 60)
                        .withGrammar(Grammar.json());
                GenerateResult result = session.generate(
                        Prompt.raw("seed " + seed % 4), options, GenerateListener.NONE);
                assertTrue(parsed(result).isObject(), result.text());
                assertTrue(result.tokens().size() <= options.maxTokens());
                reasons.add(result.finish());
            }
        }
        assertEquals(EnumSet.of(FinishReason.END, FinishReason.LENGTH), reasons);
    }

    @Test
    void fullContext_closesTheAnswer() {
        try (Model model = model("text_llama_bpe3");
                Session session = session(model, 40)) {
            GenerateResult result = session.generate(
                    Prompt.raw("x"), GenerateOptions.greedy().withGrammar(Grammar.json()), GenerateListener.NONE);
            assertTrue(parsed(result).isObject(), result.text());
            assertTrue(result.promptTokens() + result.tokens().size() <= 41, result.toString());
        }
    }

    @Test
    void oneAnswer_ends() {
        try (Model model = model("text_llama_spm");
                Session session = session(model, 40)) {
            GenerateResult result = session.generate(
                    Prompt.raw("x"),
                    GenerateOptions.greedy().withGrammar(Grammar.parse("root ::= \"yes\" | \"no\"")),
                    GenerateListener.NONE);
            assertTrue(Set.of("yes", "no").contains(result.text()), result.text());
            assertEquals(FinishReason.END, result.finish());
        }
    }

    @Test
    void tooFewTokens_areRefusedBeforehand() {
        try (Model model = model("text_llama_bpe3");
                Session session = session(model, 40)) {
            GenerateOptions options = GenerateOptions.greedy()
                    .withGrammar(Grammar.parse("zeros", "root ::= [0]{30}"))
                    .withMaxTokens(29);
            GrammarException error = assertThrows(
                    GrammarException.class,
                    () -> session.generate(Prompt.raw("x"), options, GenerateListener.NONE));
            assertEquals(
                    "zeros: found room for an answer of 29 tokens, expected at least 30, which the shortest text that"
                            + " it allows takes; allow more tokens, or a longer context",
                    error.getMessage());
            assertEquals(
                    "0".repeat(30),
                    session.generate(Prompt.raw("x"), options.withMaxTokens(30), GenerateListener.NONE)
                            .text());
        }
    }

    @Test
    void ignoringTheEnd_isRefused() {
        GenerateOptions options = GenerateOptions.greedy().withIgnoreEnd(true);
        assertEquals(
                "ignore end: found true, expected false with a grammar, which says where the answer ends",
                assertThrows(IllegalArgumentException.class, () -> options.withGrammar(Grammar.json()))
                        .getMessage());
    }
}
