package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
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
import io.peregrine.model.ToyQwen;
import io.peregrine.model.TraceResult;
import io.peregrine.model.block.Batch;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.SequenceState;
import io.peregrine.model.block.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The `qwen` decoder beyond its golden cases: against plain loops, in sessions and batches, on wrong files.
class QwenTest {

    private static final GenerateOptions GREEDY = GenerateOptions.greedy().withIgnoreEnd(true);

    @TempDir
    private Path folder;

    private Model load(ToyFile file) {
        return Model.load(
                file.write(folder.resolve("toy.gguf")), LoadOptions.defaults().withThreads(2));
    }

    private static int[] tokens(int from, int count) {
        return IntStream.range(from, from + count).map(i -> 3 + i * 31 % 290).toArray();
    }

    private static int[] joined(int[] first, int... second) {
        int[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /// Prompt lengths around the trained one and its doubles, with answers that cross them; longer than the chunks
    /// in which prompts are read.
    @ParameterizedTest
    @CsvSource({
        "9, 8, 16, true, true", "15, 8, 16, true, true", "16, 8, 16, true, true", "17, 8, 16, true, true",
        "31, 8, 16, true, true", "33, 8, 16, true, true", "30, 8, 16, false, true", "30, 8, 16, true, false",
        "70, 8, 16, false, false", "30, 4, 16, true, true", "30, 2, 16, true, true", "600, 8, 500, true, true",
        "600, 8, 100, true, true"
    })
    void logitsAreThoseOfTheFormulas(int prompt, int rotated, int trained, boolean ntk, boolean logn) {
        ToyQwen toy = new ToyQwen(2, 32, 20, 4, rotated, trained, ntk, logn, 300);
        ToyFile file = toy.file(prompt);
        TraceResult trace;
        try (Model model = load(file)) {
            assertEquals(List.of(), model.notes());
            trace = model.trace(Prompt.tokens(tokens(0, prompt)), 4, true);
        }
        int[] read = tokens(0, prompt);
        for (int step = 0; step < trace.generated().size(); step++) {
            double[] expected = toy.logits(file, read, prompt);
            float[] narrow = new float[expected.length];
            for (int i = 0; i < narrow.length; i++) {
                narrow[i] = (float) expected[i];
            }
            float[] found = Arrays.copyOfRange(trace.logits().values(), step * 300, (step + 1) * 300);
            Fixture.assertClose("step " + step, narrow, found, 4e-4);
            read = joined(read, trace.generated().get(step));
        }
    }

    /// A turn that needs another base computes everything again; one that does not, only what is new.
    @Test
    void session_baseChanges_answersAsFromTheBeginning() {
        SessionOptions options = SessionOptions.defaults().withContextLength(128).withCache(TensorType.F32);
        try (Model model = load(ToyQwen.usual().file(4));
                Session session = model.newSession(options)) {
            int[] prompt = tokens(0, 10);
            List<Integer> reused = new ArrayList<>();
            for (int more : new int[] {3, 12, 5, 20, 9}) {
                GenerateResult answer = ask(session, prompt);
                try (Session fresh = model.newSession(options)) {
                    assertEquals(ask(fresh, prompt).tokens(), answer.tokens(), "a prompt of " + prompt.length);
                }
                reused.add(answer.reusedTokens());
                int[] said = answer.tokens().stream().mapToInt(Integer::intValue).toArray();
                prompt = joined(joined(prompt, said), tokens(50, more));
            }
            // Prompts of 10, 16, 31, 39 and 62 tokens: bases for 16, 16, 32, 64 and 64. The last token of each
            // answer is not held.
            assertEquals(List.of(0, 12, 0, 0, 41), reused);
            GenerateResult shorter = ask(session, tokens(0, 12));
            assertEquals(0, shorter.reusedTokens());
            try (Session fresh = model.newSession(options)) {
                assertEquals(ask(fresh, tokens(0, 12)).tokens(), shorter.tokens());
            }
        }
    }

    private static GenerateResult ask(Session session, int[] prompt) {
        return session.generate(Prompt.tokens(prompt), GREEDY.withMaxTokens(3), GenerateListener.NONE);
    }

    @Test
    void batch_sequencesWithDifferentBases_areAsEachAlone() {
        try (GgufFile file = GgufFile.open(ToyQwen.usual().file(4).write(folder.resolve("toy.gguf")));
                Workers workers = new Workers(2)) {
            Decoder decoder = Decoders.bind(file.metadata(), new Weights(file), 300, "", note -> {});
            Pass pass = new Pass(new Compute(workers, true), () -> false);
            int[] lengths = {12, 40, 20};
            float[][] expected = new float[lengths.length][];
            for (int i = 0; i < lengths.length; i++) {
                SequenceState alone = sequence(decoder, lengths[i]);
                Batch batch = new Batch(1);
                add(batch, alone, tokens(i, lengths[i]));
                forward(decoder, pass, batch, lengths[i] - 1);
                batch.clear();
                add(batch, alone, 7);
                expected[i] = forward(decoder, pass, batch, 0);
            }
            Batch batch = new Batch(1);
            SequenceState[] states = new SequenceState[lengths.length];
            for (int i = 0; i < lengths.length; i++) {
                states[i] = sequence(decoder, lengths[i]);
                add(batch, states[i], tokens(i, lengths[i]));
            }
            forward(decoder, pass, batch, 71);
            batch.clear();
            for (SequenceState state : states) {
                add(batch, state, 7);
            }
            float[] together = forward(decoder, pass, batch, 0, 1, 2);
            for (int i = 0; i < lengths.length; i++) {
                Fixture.assertClose(
                        "sequence " + i, expected[i], Arrays.copyOfRange(together, i * 300, (i + 1) * 300), 2e-5);
            }
        }
    }

    private static SequenceState sequence(Decoder decoder, int promptRows) {
        SequenceState state = decoder.newSequence(64, TensorType.F32);
        state.use(decoder.variant(promptRows));
        return state;
    }

    private static void add(Batch batch, SequenceState sequence, int... tokens) {
        batch.begin(sequence);
        int position = sequence.length();
        for (int token : tokens) {
            batch.addToken(token, position++);
        }
    }

    private static float[] forward(Decoder decoder, Pass pass, Batch batch, int... wanted) {
        Rows logits = new Rows();
        decoder.forward(pass, batch, wanted, logits);
        return logits.toArray();
    }

    @Test
    void contextLength_isTheLongerOfTrainedAndStretched() {
        try (Model model = load(ToyQwen.usual().file(1))) {
            assertEquals(64, model.trainedContext());
        }
        try (Model model = load(ToyQwen.usual().file(1).key("qwen.rope.train_length", 100))) {
            assertEquals(100, model.trainedContext());
        }
    }

    private static ToyFile silent() {
        return ToyQwen.usual()
                .file(1)
                .withoutKey("qwen.rope.dynamic_ntk")
                .withoutKey("qwen.attention.logn")
                .withoutKey("qwen.rope.train_length");
    }

    @Test
    void silentFile_alone_isNotStretchedAndSaysSo() {
        int[] prompt = tokens(0, 30);
        float[] plain;
        try (Model model = load(new ToyQwen(2, 32, 24, 4, 8, 16, false, false, 300).file(1))) {
            plain = model.trace(Prompt.tokens(prompt), 1, true).logits().values();
        }
        try (Model model = load(silent())) {
            assertEquals(
                    List.of(folder.resolve("toy.gguf")
                            + ": no qwen.rope.dynamic_ntk, qwen.attention.logn; dynamic NTK is off, logn off: no vision"
                            + " file of Qwen-VL beside it"),
                    model.notes());
            Fixture.assertClose(
                    "logits", plain, model.trace(Prompt.tokens(prompt), 1, true).logits().values(), 0);
        }
    }

    @Test
    void trainedLength_absent_isSaid() {
        ToyFile file = ToyQwen.usual().file(1).withoutKey("qwen.rope.train_length");
        try (Model model = load(file)) {
            assertEquals(
                    List.of(folder.resolve("toy.gguf")
                            + ": no qwen.rope.train_length; dynamic NTK is on, logn on, the trained length 2048"),
                    model.notes());
            assertEquals(2048, model.trainedContext());
        }
    }

    @Test
    void silentFile_besideAQwenVl_isStretchedAndSaysSo() {
        Path vision = QwenVlTest.file(1, 32).write(folder.resolve("mmproj.gguf"));
        int[] prompt = tokens(0, 30);
        float[] expected;
        try (Model model = load(ToyQwen.usual().file(1))) {
            expected = model.trace(Prompt.tokens(prompt), 1, true).logits().values();
        }
        Path text = ToyQwen.usual()
                .file(1)
                .withoutKey("qwen.rope.dynamic_ntk")
                .withoutKey("qwen.attention.logn")
                .write(folder.resolve("toy.gguf"));
        try (Model model = Model.load(text, LoadOptions.defaults().withMmproj(vision))) {
            assertEquals(
                    text + ": no qwen.rope.dynamic_ntk, qwen.attention.logn; dynamic NTK is on, logn on, the trained"
                            + " length 16, as in every Qwen-VL",
                    model.notes().getFirst());
            Fixture.assertClose(
                    "logits", expected, model.trace(Prompt.tokens(prompt), 1, true).logits().values(), 0);
        }
    }

    private static Arguments row(String name, UnaryOperator<ToyFile> change, String message) {
        return Arguments.of(name, change, message);
    }

    static List<Arguments> wrongFiles() {
        return List.of(
                row(
                        "heads do not divide",
                        f -> f.key("qwen.attention.head_count", 5),
                        "key qwen.attention.head_count: found 5, expected a divisor of qwen.embedding_length, which is"
                                + " 32, with at least 2 elements for each head"),
                row(
                        "heads of one element",
                        f -> f.key("qwen.attention.head_count", 32),
                        "key qwen.attention.head_count: found 32, expected a divisor of qwen.embedding_length, which"
                                + " is 32, with at least 2 elements for each head"),
                row(
                        "odd feed-forward length",
                        f -> f.key("qwen.feed_forward_length", 49),
                        "key qwen.feed_forward_length: found 49, expected an even number, twice the width"),
                row(
                        "feed-forward length not doubled",
                        f -> f.key("qwen.feed_forward_length", 24),
                        "tensor blk.0.ffn_gate.weight: found shape [24, 32], expected shape [12, 32]"),
                row(
                        "odd rotation",
                        f -> f.key("qwen.rope.dimension_count", 7),
                        "key qwen.rope.dimension_count: found 7, expected an even number"),
                row(
                        "fused of grouped queries",
                        f -> f.matrix("blk.1.attn_qkv.weight", 64, 32),
                        "tensor blk.1.attn_qkv.weight: found shape [64, 32], expected shape [96, 32]"),
                row(
                        "fused missing",
                        f -> f.withoutTensor("blk.1.attn_qkv.weight"),
                        "tensor blk.1.attn_qkv.weight: found nothing, expected shape [96, 32]; the file is incomplete,"
                                + " or it is not of the architecture that it names"),
                row(
                        "bias of another length",
                        f -> f.vector("blk.0.attn_qkv.bias", 0, 32),
                        "tensor blk.0.attn_qkv.bias: found shape [32], expected shape [96]"),
                row(
                        "no output",
                        f -> f.withoutTensor("output.weight"),
                        "tensor output.weight: found nothing, expected shape [300, 32]; the file is incomplete, or it"
                                + " is not of the architecture that it names"));
    }

    @ParameterizedTest
    @MethodSource
    void wrongFiles(String name, UnaryOperator<ToyFile> change, String message) {
        PeregrineException error = assertThrows(
                ModelFormatException.class,
                () -> load(change.apply(ToyQwen.usual().file(1))).close());
        assertEquals(folder.resolve("toy.gguf") + ": " + message, error.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"0, a number from 2 to 268435456", "1, a number from 2 to 268435456"})
    void trainedLength_tooSmall_isRefused(int trained, String expected) {
        ModelFormatException error = assertThrows(ModelFormatException.class, () -> load(
                        ToyQwen.usual().file(1).key("qwen.rope.train_length", trained))
                .close());
        assertEquals(
                folder.resolve("toy.gguf") + ": key qwen.rope.train_length: found " + trained + ", expected "
                        + expected,
                String.valueOf(error.getMessage()).replaceAll(" at byte \\d+", ""));
    }
}
