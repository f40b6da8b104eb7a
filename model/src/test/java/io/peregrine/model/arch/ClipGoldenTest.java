package io.peregrine.model.arch;

import static io.peregrine.model.Fixture.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Trace;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Both towers of CLIP against an independent implementation: every intermediate that it tells.
class ClipGoldenTest {

    private final Fixture fixture = Fixture.of("clip");
    private final Workers workers = new Workers(2);

    @AfterEach
    void end() {
        workers.close();
    }

    private interface Body {
        void run(GgufFile file, Clip clip, Tokenizer tokenizer);
    }

    private void with(JsonNode golden, Body body) {
        try (GgufFile file = GgufFile.open(fixture.path(golden.get("model").textValue()))) {
            Weights weights = new Weights(file);
            Tokenizer tokenizer = Tokenizer.of(file.metadata());
            List<String> notes = new ArrayList<>();
            Clip clip = Clip.bind(
                    file.metadata(),
                    weights,
                    tokenizer.vocabulary().size(),
                    tokenizer.vocabulary().eos(),
                    null,
                    notes::add);
            assertEquals(List.of(), weights.unused());
            assertEquals(
                    golden.has("note")
                            ? List.of(file.path() + ": no clip.logit_scale; similarities are multiplied by 100, as in "
                                    + "CLIP's own models")
                            : List.of(),
                    notes);
            body.run(file, clip, tokenizer);
        }
    }

    private Pass pass(List<float[]> traced, String wanted, int wantedLayer) {
        Pass pass = new Pass(new Compute(workers, true), () -> false);
        pass.traceTo((name, layer, rows) -> {
            if (name.equals(wanted) && layer == wantedLayer) {
                traced.add(rows.toArray());
            }
        });
        return pass;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void tokensAndTextTower(int index) {
        JsonNode golden = fixture.cases().get(index);
        double tolerance = golden.get("tolerance").get("tower_max_abs").doubleValue();
        with(golden, (file, clip, tokenizer) -> {
            List<int[]> texts = new ArrayList<>();
            for (int i = 0; i < golden.get("texts").size(); i++) {
                String text = golden.get("texts").get(i).textValue();
                int[] tokens = tokenizer.encode(text, true, false);
                Fixture.assertTokens(text, golden.get("text_tokens").get(i), tokens);
                texts.add(tokens);
            }
            List<float[]> traced = new ArrayList<>();
            clip.texts(pass(traced, "t.after_post_ln", Trace.NO_LAYER), texts, new Rows());
            int from = 0;
            int checked = 0;
            for (JsonNode expected : golden.get("tower")) {
                if (expected.has("text")) {
                    float[] values = fixture.floats(expected.get("file").textValue());
                    float[] found = Arrays.copyOfRange(traced.getFirst(), from, from + values.length);
                    assertClose("text " + expected.get("text"), values, found, tolerance);
                    from += values.length;
                    checked++;
                }
            }
            assertEquals(texts.size(), checked);
            assertEquals(traced.getFirst().length, from);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void viewsAndImageTower(int index) {
        JsonNode golden = fixture.cases().get(index);
        with(golden, (file, clip, tokenizer) -> {
            List<Pixels> views = new ArrayList<>();
            for (JsonNode expected : golden.get("views")) {
                String picture = golden.get("images").get(views.size()).textValue();
                Pixels view = clip.prepare(Image.read(fixture.path(picture)));
                assertClose(
                        picture,
                        fixture.floats(expected.get("file").textValue()),
                        view.values(),
                        golden.get("tolerance").get("view_max_abs").doubleValue());
                views.add(view);
            }
            List<float[]> traced = new ArrayList<>();
            int last = file.metadata().integer("clip.vision.block_count", 1, 9) - 1;
            clip.images(pass(traced, "l_out", last), views, new Rows());
            int from = 0;
            int checked = 0;
            for (JsonNode expected : golden.get("tower")) {
                if (expected.has("image")) {
                    float[] values = fixture.floats(expected.get("file").textValue());
                    float[] found = Arrays.copyOfRange(traced.getFirst(), from, from + values.length);
                    double tolerance =
                            golden.get("tolerance").get("tower_max_abs").doubleValue();
                    assertClose("picture " + expected.get("image"), values, found, tolerance);
                    from += values.length;
                    checked++;
                }
            }
            assertEquals(views.size(), checked);
            assertEquals(traced.getFirst().length, from);
        });
    }

    /// A picture or text among others gives what it gives alone.
    @ParameterizedTest
    @ValueSource(ints = {0})
    void batch_isAsOneByOne(int index) {
        with(fixture.cases().get(index), (file, clip, tokenizer) -> {
            Pass pass = new Pass(new Compute(workers, true), () -> false);
            List<int[]> texts = List.of(
                    tokenizer.encode("a photo", true, false),
                    tokenizer.encode("", true, false),
                    tokenizer.encode("there are 3 circles", true, false));
            float[] together = clip.texts(pass, texts, new Rows()).toArray();
            for (int i = 0; i < texts.size(); i++) {
                float[] alone = clip.texts(pass, List.of(texts.get(i)), new Rows()).toArray();
                float[] part = Arrays.copyOfRange(together, i * clip.dim(), (i + 1) * clip.dim());
                assertArrayEquals(alone, part, 1e-5f, "text " + i);
            }
        });
    }
}
