package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Pixels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The CLIP tower and the projector of LLaVA against an independent implementation, pixels given.
class LlavaGoldenTest {

    @ParameterizedTest
    @CsvSource({
        "0, 'vision: features after block 3 of 3 (all stored blocks: a class token, no post-norm and no "
                + "clip.vision.feature_layer)'",
        "1, 'vision: features after block 3 of 4 (by clip.vision.feature_layer)'",
        "2, 'vision: features after block 3 of 3 (all stored blocks: a class token, no post-norm and no "
                + "clip.vision.feature_layer)'",
        "3, 'vision: features after block 3 of 4 (by clip.vision.feature_layer)'"
    })
    void towerAndEmbeddingOfEveryCase(int index, String note) throws IOException {
        Fixture fixture = Fixture.of("llava15");
        JsonNode golden = fixture.cases().get(index);
        JsonNode mmproj = golden.get("mmproj");
        Map<String, float[]> traced = new HashMap<>();
        List<String> notes = new ArrayList<>();
        try (Workers workers = new Workers(2);
                GgufFile file = GgufFile.open(fixture.path(mmproj == null ? "mmproj.gguf" : mmproj.textValue()))) {
            Weights weights = new Weights(file);
            ImageEncoder encoder = ImageEncoders.bind(file.metadata(), weights, VisionOptions.DEFAULT, notes::add);
            Pass pass = new Pass(new Compute(workers, true), () -> false);
            pass.traceTo((name, layer, rows) -> traced.put(name + layer, rows.toArray()));
            JsonNode view = golden.get("views").get(0);
            int size = view.get("shape").get(0).intValue();
            float[] pixels = fixture.floats(view.get("file").textValue());
            PreparedPicture picture = new PreparedPicture(
                    List.of(new PreparedPicture.Block(List.of(new Pixels(size, size, pixels)), 16)));
            Rows embedding = encoder.encode(pass, picture).get(0);
            compare(fixture, golden, "embeddings", "embedding_max_abs", embedding.toArray());
        }
        assertEquals(List.of(note), notes);
        compare(fixture, golden, "tower", "tower_max_abs", Objects.requireNonNull(traced.get("v.features0")));
    }

    private static void compare(Fixture fixture, JsonNode golden, String what, String tolerance, float[] found) {
        String file = golden.get(what).get(0).get("file").textValue();
        double allowed = golden.get("tolerance").get(tolerance).doubleValue();
        Fixture.assertClose(what, fixture.floats(file), found, allowed);
    }
}
