package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The bundled model: every picture and question of its list, token by token, against an independent
/// implementation.
class DemoGoldenTest {

    private static final Path DEMO = Path.of("../cli/src/main/resources/io/peregrine/cli/demo");
    private static final Fixture FIXTURE = Fixture.of("demo");
    private static Model model;

    @BeforeAll
    static void load() {
        LoadOptions options = LoadOptions.defaults()
                .withThreads(2)
                .withMmproj(DEMO.resolve(FIXTURE.expected().get("mmproj").textValue()));
        model = Model.load(DEMO.resolve(FIXTURE.expected().get("model").textValue()), options);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    static List<JsonNode> pictures() {
        List<JsonNode> pictures = new ArrayList<>();
        FIXTURE.expected().get("pictures").forEach(pictures::add);
        return pictures;
    }

    @ParameterizedTest
    @MethodSource("pictures")
    void everyQuestionOfAPicture(JsonNode golden) {
        String name = golden.get("picture").textValue();
        Image picture = Image.read(DEMO.resolve(name));
        int logitsOf = golden.get("logits").get("question").intValue();
        for (int i = 0; i < golden.get("questions").size(); i++) {
            JsonNode question = golden.get("questions").get(i);
            List<Integer> expected = ints(question.get("generated"));
            TraceResult trace =
                    model.trace(Prompt.raw(question.get("prompt").textValue(), picture), expected.size() + 1, true);
            assertEquals(expected, trace.generated(), name + ": " + question.get("question"));
            checkLayout(question.get("layout"), trace);
            TraceResult.Table embedding = trace.imageBlocks().getFirst().embedding();
            check(name + " embedding", golden.get("embedding"), "embedding_max_abs", embedding);
            if (i == logitsOf) {
                check(name + " logits", golden.get("logits"), "logits_max_abs", trace.logits());
            }
        }
    }

    private static void checkLayout(JsonNode golden, TraceResult trace) {
        List<Object> expected = new ArrayList<>();
        golden.forEach(part -> expected.add(
                part.has("tokens")
                        ? ints(part.get("tokens"))
                        : part.get("n_tokens").intValue()));
        List<Object> found = trace.layout().stream()
                .map(part -> switch (part) {
                    case TraceResult.Tokens tokens -> (Object) tokens.ids();
                    case TraceResult.ImageRows image -> image.rows();
                    case TraceResult.RegionRows region -> region.embedding().rows();
                })
                .toList();
        assertEquals(expected, found);
    }

    private static void check(String what, JsonNode golden, String tolerance, TraceResult.Table found) {
        Fixture.assertClose(
                what,
                FIXTURE.floats(golden.get("file").textValue()),
                found.values(),
                FIXTURE.expected().get("tolerance").get(tolerance).doubleValue());
    }

    private static List<Integer> ints(JsonNode array) {
        return IntStream.of(Fixture.ints(array)).boxed().toList();
    }
}
