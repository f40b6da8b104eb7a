package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.GenerateListener;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.GenerateResult;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.Session;
import io.peregrine.model.SessionOptions;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyLfm2;
import io.peregrine.model.TraceResult;
import io.peregrine.model.block.Batch;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.SequenceState;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.quantize.Mix;
import io.peregrine.model.quantize.QuantizeOptions;
import io.peregrine.model.quantize.Quantizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// `lfm2` models of odd shapes against the formulas in plain loops, and what sessions on them remember.
class Lfm2Test {

    private static final GenerateOptions GREEDY = GenerateOptions.greedy().withIgnoreEnd(true);

    @TempDir
    private Path folder;

    /// dim, ffn, heads, kvHeads of the layers, taps, window, vocab, tied, biases
    static Map<String, ToyLfm2> shapes() {
        return Map.of(
                "usual", ToyLfm2.usual(),
                "untied output", new ToyLfm2(32, 48, 4, new int[] {0, 4}, 3, 0, 300, false, false),
                "biases everywhere", new ToyLfm2(32, 48, 4, new int[] {0, 2, 0}, 3, 0, 300, false, true),
                "heads of 80", new ToyLfm2(160, 90, 2, new int[] {1, 0}, 3, 0, 301, true, false),
                "heads of 96", new ToyLfm2(96 * 3, 50, 3, new int[] {0, 3}, 2, 0, 300, true, false),
                "convolutions only, of 5", new ToyLfm2(38, 53, 1, new int[] {0, 0, 0}, 5, 0, 293, true, true),
                "convolutions of one row", new ToyLfm2(30, 21, 3, new int[] {0, 1}, 1, 0, 300, true, false),
                "attention only, a window", new ToyLfm2(40, 33, 2, new int[] {1, 2}, 3, 7, 300, false, false));
    }

    static List<String> names() {
        return shapes().keySet().stream().sorted().toList();
    }

    private static int[] tokens(int count) {
        return IntStream.range(0, count).map(i -> 3 + (i * 31 + i / 7) % 290).toArray();
    }

    private static int[] joined(int[] first, int... second) {
        return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
    }

    private Model load(ToyFile file) {
        return Model.load(file.write(folder.resolve("toy.gguf")), LoadOptions.defaults().withThreads(2));
    }

    @ParameterizedTest
    @MethodSource("names")
    void logitsAreThoseOfTheFormulas(String name) {
        ToyLfm2 toy = shapes().get(name);
        ToyFile file = toy.file(name.hashCode());
        int[] prompt = tokens(19);
        TraceResult trace;
        try (Model model = load(file)) {
            assertEquals(List.of(), model.notes());
            trace = model.trace(Prompt.tokens(prompt), 4, true);
        }
        for (int step = 0; step < 4; step++) {
            float[] found = Arrays.copyOfRange(trace.logits().values(), step * toy.vocab(), (step + 1) * toy.vocab());
            Fixture.assertClose(name + " step " + step, toy.logits(file, prompt), found, 2e-4);
            prompt = joined(prompt, trace.generated().get(step));
        }
    }

    /// Against the values that the smaller weights stand for. Kernels of convolutions stay as they are: their
    /// rows do not fill a block.
    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "F16", "Q8_0"})
    void smallerWeights_areReadAsWhatTheyStandFor(Mix mix) {
        ToyLfm2 toy = new ToyLfm2(64, 96, 2, new int[] {0, 1, 0}, 3, 0, 300, true, false);
        ToyFile file = toy.file(12);
        Path small = folder.resolve("small.gguf");
        new Quantizer(QuantizeOptions.to(mix).withThreads(2))
                .quantize(file.write(folder.resolve("original.gguf")), small);
        int projections = 2 + 4 + 2 + 3 * 3;
        assertEquals(1 + projections, file.takeSmallWeights(small));
        int[] prompt = tokens(19);
        try (Model model = Model.load(small, LoadOptions.defaults().withThreads(2))) {
            float[] found = model.trace(Prompt.tokens(prompt), 1, true).logits().values();
            Fixture.assertClose(mix.toString(), toy.logits(file, prompt), found, 2e-4);
        }
    }

    @Test
    void chunks_promptLongerThanTwo_givesTheSameAsTheFormulas() {
        ToyLfm2 toy = new ToyLfm2(16, 8, 2, new int[] {0, 1, 0}, 4, 0, 300, true, false);
        ToyFile file = toy.file(9);
        int[] prompt = tokens(1027);
        try (Model model = load(file)) {
            float[] found = model.trace(Prompt.tokens(prompt), 1, true).logits().values();
            Fixture.assertClose("1027 rows", toy.logits(file, prompt), found, 2e-4);
        }
    }

    /// After a prompt of 300 rows and 5 more, a prompt parts at some row. It is read again from where the
    /// convolutions can go back to: in front of the last token, of the last row of the first prompt, or a
    /// multiple of 128.
    @ParameterizedTest
    @CsvSource({
        "304, 304", "303, 303", "302, 299", "300, 299", "299, 299", "298, 256", "256, 256", "200, 128", "127, 0", "1, 0"
    })
    void rewind_anotherPrompt_isReadFromWhereItCanBe(int common, int reused) {
        try (Model model = load(ToyLfm2.usual().file(5));
                Session session = session(model);
                Session fresh = session(model)) {
            int[] first = tokens(300);
            List<Integer> answer = generate(session, first, 5).tokens();
            int[] held = joined(first, answer.stream().mapToInt(Integer::intValue).toArray());
            int[] next = joined(Arrays.copyOf(held, common), (held[common] + 1) % 290, 17, 18, 19);
            GenerateResult found = generate(session, next, 12);
            assertEquals(reused, found.reusedTokens());
            assertEquals(generate(fresh, next, 12).tokens(), found.tokens());
            int[] longer = joined(next, found.tokens().stream().mapToInt(Integer::intValue).toArray());
            GenerateResult behind = generate(session, longer, 6);
            assertEquals(longer.length - 1, behind.reusedTokens());
            assertEquals(generate(fresh, longer, 6).tokens(), behind.tokens());
        }
    }

    @Test
    void rewind_sameLongPrompt_readsItsLastRowOnly() {
        try (Model model = load(ToyLfm2.usual().file(6));
                Session session = session(model)) {
            for (int length : new int[] {2, 511, 512, 513, 700}) {
                GenerateResult first = generate(session, tokens(length), 140);
                GenerateResult again = generate(session, tokens(length), 140);
                assertEquals(length - 1, again.reusedTokens());
                assertEquals(first.tokens(), again.tokens());
            }
        }
    }

    /// The pass that a caller breaks off has changed some layers and not others.
    @Test
    void rewind_afterCancelling_givesTheSameAnswer() {
        try (Model model = load(ToyLfm2.usual().file(7));
                Session session = session(model);
                Session fresh = session(model)) {
            int[] first = tokens(40);
            generate(session, first, 3);
            int[] next = joined(first, tokens(700));
            session.generate(Prompt.tokens(next), GREEDY.withMaxTokens(3), new GenerateListener() {
                @Override
                public void text(String text) {}

                @Override
                public void progress(Stage stage, int done, int total) {
                    if (stage == Stage.PROMPT && done > 40 && done < total) {
                        session.cancel();
                    }
                }
            });
            GenerateResult again = generate(session, next, 8);
            assertEquals(generate(fresh, next, 8).tokens(), again.tokens());
        }
    }

    @Test
    void conversation_pictureInTheFirstTurn_isReadOnce() {
        Fixture fixture = Fixture.of("vlm_lfm2");
        Image image = Image.read(fixture.path("image0.png"));
        try (Model model = Model.load(
                        fixture.path("model.gguf"),
                        LoadOptions.defaults().withThreads(2).withMmproj(fixture.path("mmproj.gguf")));
                Session session = session(model);
                Session fresh = session(model)) {
            Prompt first = Prompt.raw("look: " + Prompt.MEDIA + " and say", image);
            GenerateResult before = session.generate(first, GREEDY.withMaxTokens(4), text -> {});
            assertEquals(64, before.imageTokens());
            Prompt second = Prompt.raw("look: " + Prompt.MEDIA + " and say more", image);
            GenerateResult found = session.generate(second, GREEDY.withMaxTokens(9), text -> {});
            assertEquals(before.promptTokens() - 1, found.reusedTokens());
            assertEquals(fresh.generate(second, GREEDY.withMaxTokens(9), text -> {}).tokens(), found.tokens());
        }
    }

    private static Session session(Model model) {
        return model.newSession(SessionOptions.defaults().withContextLength(1000));
    }

    private static GenerateResult generate(Session session, int[] prompt, int tokens) {
        return session.generate(Prompt.tokens(prompt), GREEDY.withMaxTokens(tokens), text -> {});
    }

    /// Sequences of different lengths in one batch know nothing of each other.
    @Test
    void batch_ofSeveralSequences_isAsEachAlone() {
        Path path = ToyLfm2.usual().file(8).write(folder.resolve("toy.gguf"));
        try (Workers workers = new Workers(2);
                GgufFile file = GgufFile.open(path)) {
            Decoder decoder = Decoders.bind(file.metadata(), new Weights(file), 300, "", note -> {});
            Pass pass = new Pass(new Compute(workers, true), () -> false);
            int[][] sequences = {tokens(1), tokens(9), Arrays.copyOfRange(tokens(30), 7, 30)};
            List<SequenceState> alone = states(decoder);
            List<SequenceState> together = states(decoder);
            for (int round = 0; round < 3; round++) {
                Batch batch = new Batch(1);
                int[] last = new int[sequences.length];
                float[] expected = new float[sequences.length * 300];
                Rows logits = new Rows();
                for (int i = 0; i < sequences.length; i++) {
                    Batch own = new Batch(1);
                    add(own, alone.get(i), sequences[i]);
                    decoder.forward(pass, own, new int[] {own.rows() - 1}, logits);
                    System.arraycopy(logits.data(), 0, expected, i * 300, 300);
                    add(batch, together.get(i), sequences[i]);
                    last[i] = batch.rows() - 1;
                }
                decoder.forward(pass, batch, last, logits);
                Fixture.assertClose("round " + round, expected, logits.toArray(), 1e-4);
            }
        }
    }

    private static List<SequenceState> states(Decoder decoder) {
        List<SequenceState> states = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            states.add(decoder.newSequence(200, TensorType.F32));
        }
        return states;
    }

    private static void add(Batch batch, SequenceState state, int[] tokens) {
        batch.begin(state);
        for (int i = 0; i < tokens.length; i++) {
            batch.addToken(tokens[i], state.length() + i);
        }
    }

    static Stream<Arguments> wrongFiles() {
        String heads = "key lfm2.attention.head_count_kv";
        return Stream.of(
                wrong("no keys", f -> f.withoutKey("lfm2.attention.head_count_kv"), heads
                        + ": found nothing, expected 4 numbers, one for each layer"),
                wrong("one layer too few", f -> f.key("lfm2.attention.head_count_kv", new int[] {0, 2, 0}), heads
                        + ": found 3 numbers, expected 4 numbers, one for each layer"),
                wrong("no divisor", f -> f.key("lfm2.attention.head_count_kv", new int[] {0, 3, 0, 1}), heads
                        + ", element 1: found 3, expected 0 for a convolution, or a divisor of lfm2.attention.head_count,"
                        + " which is 4"),
                wrong("negative", f -> f.key("lfm2.attention.head_count_kv", new int[] {0, 2, 0, -1}), heads
                        + ", element 3: found -1, expected 0 for a convolution, or a divisor of"
                        + " lfm2.attention.head_count, which is 4"),
                wrong("no taps", f -> f.key("lfm2.shortconv.l_cache", 0),
                        "key lfm2.shortconv.l_cache at byte 409: found 0, expected a number from 1 to 1024"),
                wrong("other taps", f -> f.key("lfm2.shortconv.l_cache", 4),
                        "tensor blk.0.shortconv.conv.weight: found shape [32, 3], expected shape [32, 4]"),
                wrong("both directions", f -> f.key("lfm2.attention.causal", false),
                        "a model that reads in both directions (lfm2.attention.causal) is not supported; supported:"
                                + " models that generate text"));
    }

    private static Arguments wrong(String name, UnaryOperator<ToyFile> change, String message) {
        return Arguments.of(name, change, message);
    }

    @ParameterizedTest
    @MethodSource
    void wrongFiles(String name, UnaryOperator<ToyFile> change, String message) {
        PeregrineException error = assertThrows(
                PeregrineException.class,
                () -> load(change.apply(ToyLfm2.usual().file(3))).close());
        assertEquals(
                "FOLDER/toy.gguf: " + message,
                String.valueOf(error.getMessage()).replace(folder.toString(), "FOLDER"));
    }
}
