package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Preprocess;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Conversations with a model whose rows have places in pictures (Qwen2-VL), with pictures in one turn or the other.
class PlacedRowsTest {

    private static final SessionOptions EXACT =
            SessionOptions.defaults().withContextLength(256).withCache(TensorType.F32).withExact(true);

    private static Model model;

    /// The first becomes 4 x 3 tokens, the second 5 x 3.
    private static List<Image> pictures;

    @BeforeAll
    static void load() {
        Fixture fixture = Fixture.of("vlm_qwen2vl");
        model = Model.load(
                fixture.path("model.gguf"),
                LoadOptions.defaults()
                        .withThreads(2)
                        .withMmproj(fixture.path("mmproj.gguf"))
                        .withPreprocess(Preprocess.LLAMA_CPP));
        pictures = List.of(Image.read(fixture.path("image0.png")), Image.read(fixture.path("image1.png")));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /// The pictures that are named by their numbers, one digit each, `-` for none.
    private static List<Image> shown(String numbers) {
        return numbers.equals("-")
                ? List.of()
                : numbers.chars().mapToObj(digit -> pictures.get(digit - '0')).toList();
    }

    private static Prompt turn(String numbers, String question) {
        String marks = Prompt.MEDIA.repeat(shown(numbers).size());
        return Prompt.raw(
                "<|im_start|>user\n" + marks + question + "<|im_end|>\n<|im_start|>assistant\n", shown(numbers));
    }

    private static void addAll(PromptRows to, PromptRows from) {
        for (PromptRows.Part part : from.parts()) {
            switch (part) {
                case PromptRows.Tokens tokens -> to.addTokens(tokens.ids());
                case PromptRows.Block block -> to.addBlock(block);
                case PromptRows.Area area -> to.addArea(area);
            }
        }
    }

    /// From the definition: text counts on on all axes; rows of a picture have one time, and lines and columns
    /// from there; what follows begins behind the longer side.
    private static List<List<Integer>> places(PromptRows rows) {
        List<List<Integer>> places = new ArrayList<>();
        int next = 0;
        for (PromptRows.Part part : rows.parts()) {
            if (part instanceof PromptRows.Block block) {
                int columns = block.rows() / 3;
                for (int line = 0; line < 3; line++) {
                    for (int column = 0; column < columns; column++) {
                        places.add(List.of(next, next + line, next + column));
                    }
                }
                next += Math.max(3, columns);
            } else {
                for (int i = 0; i < part.rows(); i++) {
                    places.add(List.of(next, next, next++));
                }
            }
        }
        return places;
    }

    /// A second turn that goes on from the held rows, answer included, gives the logits of the whole read in one go.
    @ParameterizedTest
    @CsvSource({"0, -", "-, 0", "1, 0", "01, 1", "0, 10", "-, -"})
    void secondTurn_isAsReadInOneGo(String first, String second) {
        ImageEncoder encoder = Objects.requireNonNull(model.encoder());
        Pass pass = model.newPass(EXACT, () -> false);
        PictureShelf shelf = new PictureShelf();
        PromptRows asked = model.reader().read(turn(first, "Describe the image."), shelf);
        PromptRows all = new PromptRows(asked.axes());
        addAll(all, asked);
        SequenceEngine held = engine(pass, 512);
        encode(asked, encoder, pass);
        held.read(asked, Pass.Progress.NONE);
        int[] answer = new int[5];
        for (int i = 0; i < answer.length; i++) {
            answer[i] = best(held.logits());
            held.append(answer[i]);
        }
        all.addTokens(answer);
        addAll(all, model.reader().read(turn(second, "And there?"), shelf));
        encode(all, encoder, pass);

        List<List<Integer>> found = new ArrayList<>();
        for (int row = 0; row < all.rows(); row++) {
            found.add(List.of(all.position(0, row), all.position(1, row), all.position(2, row)));
        }
        assertEquals(places(all), found);
        assertEquals(asked.rows() + answer.length, held.rewind(all));
        held.read(all, Pass.Progress.NONE);
        SequenceEngine fresh = engine(pass, 512);
        fresh.read(all, Pass.Progress.NONE);
        SequenceEngine chunked = engine(pass, 7);
        chunked.read(all, Pass.Progress.NONE);
        for (int step = 0; step < 4; step++) {
            Fixture.assertClose("held, step " + step, fresh.logits().clone(), held.logits(), 1e-4);
            Fixture.assertClose("in chunks, step " + step, fresh.logits().clone(), chunked.logits(), 1e-4);
            int token = best(fresh.logits());
            List.of(held, fresh, chunked).forEach(engine -> engine.append(token));
        }
    }

    private static SequenceEngine engine(Pass pass, int chunk) {
        return new SequenceEngine(
                "toy", model.decoder(), pass, model.decoder().newSequence(256, TensorType.F32), chunk);
    }

    private static void encode(PromptRows rows, ImageEncoder encoder, Pass pass) {
        for (PromptRows.Part part : rows.parts()) {
            if (part instanceof PromptRows.Block block) {
                block.source().encode(encoder, pass);
            }
        }
    }

    private static int best(float[] logits) {
        int best = 0;
        for (int i = 0; i < model.decoder().vocab(); i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /// Conversations of two turns: the session that held the first answers as a fresh one.
    @ParameterizedTest
    @CsvSource({"0, -", "-, 0", "1, 0", "01, 1", "0, 10"})
    void session_answersAsAFreshOne(String first, String second) {
        String question = "<|im_start|>user\n" + Prompt.MEDIA.repeat(shown(first).size())
                + "Describe the image.<|im_end|>\n<|im_start|>assistant\n";
        String more = question + "a picture of 12<|im_end|>\n<|im_start|>user\n"
                + Prompt.MEDIA.repeat(shown(second).size()) + "And there?<|im_end|>\n<|im_start|>assistant\n";
        List<Image> all = new ArrayList<>(shown(first));
        all.addAll(shown(second));
        GenerateOptions greedy = GenerateOptions.greedy().withIgnoreEnd(true).withMaxTokens(6);
        try (Session session = model.newSession(EXACT);
                Session fresh = model.newSession(EXACT)) {
            session.generate(Prompt.raw(question, shown(first)), greedy, GenerateListener.NONE);
            GenerateResult again = session.generate(Prompt.raw(more, all), greedy, GenerateListener.NONE);
            GenerateResult expected = fresh.generate(Prompt.raw(more, all), greedy, GenerateListener.NONE);
            assertEquals(0, expected.reusedTokens());
            assertTrue(again.reusedTokens() > 10, again.reusedTokens() + " rows held");
            assertEquals(expected.tokens(), again.tokens());
            assertEquals(
                    all.stream().mapToInt(image -> image.equals(pictures.getFirst()) ? 12 : 15).sum(),
                    again.imageTokens());
        }
    }
}
