package io.peregrine.model;

import static io.peregrine.model.Fixture.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.model.image.Image;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Embeddings and logits of CLIP files, from pictures and texts, against an independent implementation.
class EmbeddingGoldenTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void everyCase(int index) {
        Fixture fixture = Fixture.of("clip");
        JsonNode golden = fixture.cases().get(index);
        JsonNode tolerance = golden.get("tolerance");
        List<Image> images = new ArrayList<>();
        golden.get("images").forEach(file -> images.add(Image.read(fixture.path(file.textValue()))));
        List<String> texts = new ArrayList<>();
        golden.get("texts").forEach(text -> texts.add(text.textValue()));
        try (EmbeddingModel model =
                EmbeddingModel.load(fixture.path(golden.get("model").textValue()))) {
            Comparison found = model.compare(images, texts);
            int checked = 0;
            for (JsonNode expected : golden.get("embeddings")) {
                boolean image = expected.has("image");
                int at = expected.get(image ? "image" : "text").intValue();
                assertClose(
                        (image ? "picture " : "text ") + at,
                        fixture.floats(expected.get("file").textValue()),
                        (image ? found.images() : found.texts()).get(at).toArray(),
                        tolerance.get("embedding_max_abs").doubleValue());
                checked++;
            }
            assertEquals(images.size() + texts.size(), checked);
            assertClose(
                    "logits",
                    fixture.floats(golden.get("logits").textValue()),
                    found.logits(),
                    tolerance.get("logits_max_abs").doubleValue());
        }
    }
}
