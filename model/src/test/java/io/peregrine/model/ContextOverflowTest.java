package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.peregrine.model.image.Image;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Row 65 of the catalogue: a prompt that does not fit is refused before anything is computed, and an answer ends where
/// the context does. There are no saved sessions.
class ContextOverflowTest {

    private static final GenerateOptions GREEDY = GenerateOptions.greedy().withIgnoreEnd(true);

    @TempDir
    private static Path folder;

    private static Model model;

    @BeforeAll
    static void load() {
        Path text = ToyLlama.usual().file(5).write(folder.resolve("toy.gguf"));
        Path mmproj = ToyLlava.file(6, 32).write(folder.resolve("mmproj.gguf"));
        model = Model.load(text, LoadOptions.defaults().withThreads(2).withMmproj(mmproj));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Session session(int context) {
        return model.newSession(SessionOptions.defaults().withContextLength(context));
    }

    private static Prompt tokens(int count) {
        return Prompt.tokens(IntStream.range(0, count).map(i -> 3 + i * 7 % 290).toArray());
    }

    private static Image picture(int colour) {
        byte[] rgb = new byte[8 * 8 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (colour + i);
        }
        return Image.of(rgb, 8, 8);
    }

    @Test
    @DisplayName("65 context-overflow")
    void contextOverflow_promptAsLongAsTheContext_isRefusedBeforeComputing() {
        try (Session session = session(20)) {
            for (int length : new int[] {20, 21}) {
                List<Integer> progress = new ArrayList<>();
                ContextOverflowException error = assertThrows(
                        ContextOverflowException.class,
                        () -> session.generate(tokens(length), GREEDY, new GenerateListener() {
                            @Override
                            public void text(String text) {}

                            @Override
                            public void progress(Stage stage, int done, int total) {
                                progress.add(done);
                            }
                        }));
                assertEquals(
                        "the prompt needs a context of " + (length + 1) + " tokens (" + length
                                + " of text, 0 of images, 1 to answer), this one has 20; shorten the prompt, or ask"
                                + " for a larger context (the model was trained for 256)",
                        error.getMessage());
                assertEquals(length + 1, error.needed());
                assertEquals(20, error.limit());
                assertEquals(List.of(), progress);
            }
        }
    }

    @Test
    @DisplayName("65 context-overflow")
    void contextOverflow_imageCrossesTheLimit_isRefused() {
        try (Session session = session(8)) {
            Prompt prompt = Prompt.raw("a" + Prompt.MEDIA + "b", picture(1));
            ContextOverflowException error =
                    assertThrows(ContextOverflowException.class, () -> session.generate(prompt));
            assertEquals(
                    "the prompt needs a context of 10 tokens (5 of text, 4 of images, 1 to answer), this one has 8;"
                            + " shorten the prompt, or ask for a larger context (the model was trained for 256)",
                    error.getMessage());
        }
    }

    @Test
    @DisplayName("65 context-overflow")
    void contextOverflow_answerReachesTheLimit_endsWithLength() {
        try (Session session = session(20)) {
            GenerateResult longest = session.generate(tokens(19), GREEDY, GenerateListener.NONE);
            assertEquals(FinishReason.LENGTH, longest.finish());
            assertEquals(2, longest.tokens().size());
            GenerateResult shorter = session.generate(tokens(10), GREEDY, GenerateListener.NONE);
            assertEquals(FinishReason.LENGTH, shorter.finish());
            assertEquals(11, shorter.tokens().size());
        }
    }

    /// Pictures whose samples are not resized for it: that of 12 megapixels would take 0.2 to 0.5 s and 40 MB.
    @DisplayName("65 context-overflow")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "vlm_qwen25vl", "vlm_pixtral", "vlm_idefics3", "vlm_internvl", "vlm_lfm2_tiled", "llava16_anyres"
            })
    void contextOverflow_largePicture_isRefusedBeforeItIsResized(String fixture) {
        Fixture toy = Fixture.of(fixture);
        Image large = Image.of(new byte[4000 * 3000 * 3], 4000, 3000);
        Prompt prompt = Prompt.raw(Prompt.MEDIA + "b", large);
        try (Model vision = Model.load(
                        toy.path("model.gguf"), LoadOptions.defaults().withMmproj(toy.path("mmproj.gguf")));
                Session session = vision.newSession(SessionOptions.defaults().withContextLength(4))) {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            assertThrows(ContextOverflowException.class, () -> session.generate(prompt));
            long before = threads.getCurrentThreadAllocatedBytes();
            ContextOverflowException error =
                    assertThrows(ContextOverflowException.class, () -> session.generate(prompt));
            ImageCost cost = vision.imageCost(large);
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(bytes < 1_000_000, bytes + " bytes");
            int text = error.needed() - 1 - cost.tokens();
            assertEquals(
                    "the prompt needs a context of " + error.needed() + " tokens (" + text + " of text, "
                            + cost.tokens() + " of images, 1 to answer), this one has 4; shorten the prompt, or ask"
                            + " for a larger context (the model was trained for " + vision.trainedContext() + ")",
                    error.getMessage());
            assertTrue(text >= 1 && cost.tokens() >= 4, error.getMessage());
        }
    }
}
