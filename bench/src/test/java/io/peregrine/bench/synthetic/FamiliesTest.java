package io.peregrine.bench.synthetic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.model.GenerateListener;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.GenerateResult;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.Session;
import io.peregrine.model.SessionOptions;
import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The shapes of published models.
class FamiliesTest {

    @TempDir
    Path folder;

    /// Rows as wide as the real ones, heads as many and as long, in a few layers.
    ///
    /// @param textLayers as many as it takes for every kind of layer
    /// @param tokens of a picture of 300 x 200 pixels, prepared as the authors do
    @ParameterizedTest
    @CsvSource({
        "smolvlm-2.2b, 1, 1, 405",
        "qwen2-vl-2b, 1, 1, 77",
        "qwen2.5-vl-3b, 1, 8, 77",
        "qwen3-vl-2b, 4, 4, 70",
        "gemma-3-4b, 6, 1, 16",
        "internvl3-1b, 1, 1, 1792",
        "lfm2-vl-450m, 3, 1, 70",
        "moondream2, 1, 2, 729",
        "minicpm-v-2.6, 1, 1, 64",
        "pixtral-12b, 1, 1, 259",
        "lightonocr-1b, 1, 1, 88"
    })
    void realWidths_loadAndAnswer(String name, int textLayers, int blocks, int tokens) {
        Path text = folder.resolve("text.gguf");
        Path vision = folder.resolve("vision.gguf");
        Main.run(name, "Q4_0", text.toString(), "--pure", "--vocab", "800", "--layers", Integer.toString(textLayers));
        List<String> tower = new ArrayList<>(
                List.of(name + "-mmproj", "F16", vision.toString(), "--layers", Integer.toString(blocks)));
        // Smaller pictures than the real ones, and what they take is a fraction.
        if (name.startsWith("gemma")) {
            tower.addAll(List.of("--image", "224"));
        } else if (name.startsWith("smolvlm")) {
            tower.addAll(List.of("--edge", "768"));
        }
        Main.run(tower.toArray(String[]::new));
        try (Model model = Model.load(text, LoadOptions.defaults().withMmproj(vision).withThreads(2));
                Session session = model.newSession(SessionOptions.defaults().withContextLength(2048))) {
            Image picture = Image.of(new byte[3 * 300 * 200], 300, 200);
            GenerateResult result = session.generate(
                    Prompt.raw("a " + Prompt.MEDIA + " b", picture),
                    GenerateOptions.greedy().withMaxTokens(2).withIgnoreEnd(true),
                    GenerateListener.NONE);
            assertEquals(tokens, model.imageCost(picture).tokens());
            assertEquals(tokens, result.imageTokens());
            assertEquals(2, result.tokens().size());
            // Moondream's files hold a block that is never run.
            boolean unused = model.notes().stream().anyMatch(note -> note.contains("not used"));
            assertEquals(name.equals("moondream2"), unused, model.notes().toString());
        }
    }

    /// As many weights as the model's page on Hugging Face counts. What a file holds beyond the checkpoint is given last:
    /// Moondream's last block is stored twice, and Pixtral's row behind lines is one of its token table too.
    @ParameterizedTest
    @CsvSource({
        "smolvlm-256m, 256484928, 0",
        "smolvlm-500m, 507482304, 0",
        "smolvlm-2.2b, 2246784880, 0",
        "qwen2-vl-2b, 2208985600, 0",
        "qwen2.5-vl-3b, 3754622976, 0",
        "qwen3-vl-2b, 2127532032, 0",
        "gemma-3-4b, 4300079472, 0",
        "internvl3-1b, 938193024, 0",
        "lfm2-vl-450m, 450822656, 0",
        "moondream2, 1857482608, 15239504",
        "minicpm-v-2.6, 8099175152, 0",
        "pixtral-12b, 12682739712, 5120"
    })
    void weights_areAsManyAsPublished(String name, long published, long twice) {
        Map<String, Preset> all = Preset.all();
        assertEquals(
                published + twice,
                all.get(name).parameters() + all.get(name + "-mmproj").parameters());
    }
}
