package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.KvCache;
import io.peregrine.model.block.KeyValueState;
import io.peregrine.model.block.LayerState;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.SequenceState;
import io.peregrine.model.block.Trace;
import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sequences whose layers see a window: what they hold, and that nobody can tell by the results.
class WindowTest {

    /// Chunks of other sizes add up in another order. A window that is off by one row changes logits by about 1.7, a
    /// picture that is not seen as a whole by 0.3.
    private static final double OTHER_ORDER = 1e-3;

    private static final int WINDOW = 40;
    private static final int CAPACITY = 4000;
    private static final ToyLlama TOY = ToyLlama.usual();

    @TempDir
    private static Path folder;

    private static Model model;

    @BeforeAll
    static void load() {
        Path file = TOY.file(5).key("llama.attention.sliding_window", WINDOW).write(folder.resolve("toy.gguf"));
        model = Model.load(file, LoadOptions.defaults().withThreads(2));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static SequenceState forgetting() {
        return model.decoder().newSequence(CAPACITY, TensorType.F32);
    }

    /// The same, but nothing is forgotten.
    private static SequenceState keeping() {
        List<LayerState> layers = Stream.generate(() -> new KvCache(TensorType.F32, TOY.kvHeads(), TOY.headDim(), CAPACITY))
                .limit(TOY.layers())
                .<LayerState>map(cache -> new KeyValueState(cache, Integer.MAX_VALUE))
                .toList();
        return new SequenceState(layers, CAPACITY);
    }

    private static SequenceEngine engine(SequenceState state, int chunk) {
        Pass pass = model.newPass(SessionOptions.defaults().withExact(true), () -> false);
        return new SequenceEngine("toy", model.decoder(), pass, state, chunk);
    }

    private static int[] tokens(int count) {
        return IntStream.range(0, count).map(i -> 3 + i * i % 290).toArray();
    }

    private static PromptRows prompt(int... tokens) {
        PromptRows rows = new PromptRows(1);
        rows.addTokens(tokens);
        return rows;
    }

    private static float[] read(SequenceEngine engine, PromptRows prompt) {
        engine.rewind(prompt);
        engine.read(prompt, Pass.Progress.NONE);
        return engine.logits().clone();
    }

    private static KvCache cache(SequenceState state) {
        return state.layer(1, KeyValueState.class).cache();
    }

    @Test
    void longSequence_takesNoMoreThanTheWindowAndAChunk() {
        SequenceState state = forgetting();
        SequenceState all = keeping();
        SequenceEngine engine = engine(state, SequenceState.CHUNK);
        SequenceEngine reference = engine(all, SequenceState.CHUNK);
        int padded = 16;
        long page = (long) KvCache.PAGE * TOY.kvHeads() * (TOY.headDim() + padded) * Float.BYTES;
        long bound = page * Math.ceilDiv(WINDOW + SequenceState.CHUNK + 2 * KvCache.PAGE, KvCache.PAGE);
        assertArrayEquals(read(reference, prompt(tokens(1900))), read(engine, prompt(tokens(1900))));
        for (int i = 0; i < 700; i++) {
            engine.append(7 + i % 280);
            reference.append(7 + i % 280);
            assertTrue(cache(state).bytes() <= bound, () -> cache(state).bytes() + " of " + bound);
        }
        assertArrayEquals(reference.logits(), engine.logits());
        assertEquals(2600, state.length());
        assertEquals(page * Math.ceilDiv(2600, KvCache.PAGE), cache(all).bytes());
    }

    /// What a context costs stops growing where the window is full.
    @Test
    void bytes_growUpToTheWindowAndAChunk() {
        long row = 2L * TOY.layers() * TOY.kvHeads() * TOY.headDim() * 2;
        assertEquals(100 * row, model.decoder().bytes(100, TensorType.F16));
        long most = (WINDOW + SequenceState.CHUNK + 2 * KvCache.PAGE) * row;
        assertEquals(most, model.decoder().bytes(1 << 17, TensorType.F16));
        assertEquals(most, model.decoder().bytes(Integer.MAX_VALUE, TensorType.F16));
        try (Session session = model.newSession(SessionOptions.defaults().withContextLength(Model.MAX_CONTEXT))) {
            assertEquals(Model.MAX_CONTEXT, session.contextLength());
        }
    }

    /// A conversation that goes on from in front of an answer: close enough, and the rows are there; farther back, and
    /// all is read again. Both give what a new sequence gives.
    @ParameterizedTest
    @ValueSource(ints = {2, 50, 511, 900, 1990})
    void rewind_readsAgainWhatIsForgotten(int cut) {
        SequenceState state = forgetting();
        SequenceEngine engine = engine(state, SequenceState.CHUNK);
        int[] first = tokens(1500);
        read(engine, prompt(first));
        int[] longer = Arrays.copyOf(first, 2000);
        for (int i = 1500; i < 2000; i++) {
            longer[i] = 3 + i % 200;
            engine.append(longer[i]);
        }
        int common = 2000 - cut;
        int[] next = Arrays.copyOf(longer, common + 20);
        Arrays.fill(next, common, common + 20, 299);
        PromptRows prompt = prompt(next);
        assertEquals(common + 1 - WINDOW >= cache(state).first() ? common : 0, engine.rewind(prompt));
        assertEquals(cut < SequenceState.CHUNK, engine.length() > 0);
        float[] expected = read(engine(keeping(), SequenceState.CHUNK), prompt);
        Fixture.assertClose("logits", expected, read(engine, prompt), 1e-4);
    }

    /// Not even where a chunk is shorter than the window, or longer than all that is kept.
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 39, 40, 41, 513, 1300})
    void chunk_ofAnyLength_givesTheSameLogits(int chunk) {
        PromptRows prompt = prompt(tokens(1300));
        float[] expected = read(engine(keeping(), SequenceState.CHUNK), prompt);
        Fixture.assertClose("chunks of " + chunk, expected, read(engine(forgetting(), chunk), prompt), 1e-4);
    }

    /// Gemma 3: rows of pictures see their whole picture, which is longer than the window, however the prompt is cut.
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 20, 500, 2000})
    void picturesInChunks_seeAllOfThemselves(int chunk) {
        Fixture fixture = Fixture.of("vlm_gemma3");
        LoadOptions options = LoadOptions.defaults().withThreads(2).withMmproj(fixture.path("mmproj.gguf"));
        try (Model gemma = Model.load(fixture.path("model.gguf"), options)) {
            Pass pass = gemma.newPass(SessionOptions.defaults().withExact(true), () -> false);
            String words = "the small bird in the picture ".repeat(120);
            Image first = Image.read(fixture.path("image0.png"));
            Image second = Image.read(fixture.path("image1.png"));
            Prompt prompt = Prompt.raw(words + Prompt.MEDIA + Prompt.MEDIA + words + Prompt.MEDIA + "a", first, second, first);
            PromptRows rows = gemma.reader().read(prompt, new PictureShelf());
            for (PromptRows.Part part : rows.parts()) {
                if (part instanceof PromptRows.Block block && gemma.encoder() != null) {
                    block.source().encode(gemma.encoder(), pass);
                }
            }
            List<LayerState> layers = Stream.generate(() -> new KvCache(TensorType.F32, 2, 16, CAPACITY))
                    .limit(3)
                    .<LayerState>map(cache -> new KeyValueState(cache, Integer.MAX_VALUE))
                    .toList();
            SequenceEngine reference =
                    new SequenceEngine("toy", gemma.decoder(), pass, new SequenceState(layers, CAPACITY), CAPACITY);
            SequenceState state = gemma.decoder().newSequence(CAPACITY, TensorType.F32);
            SequenceEngine engine = new SequenceEngine("toy", gemma.decoder(), pass, state, chunk);
            reference.read(rows, Pass.Progress.NONE);
            engine.read(rows, Pass.Progress.NONE);
            assertTrue(rows.rows() > 1200, () -> rows.rows() + " rows");
            Fixture.assertClose("logits", reference.logits(), engine.logits(), OTHER_ORDER);
            engine.append(7);
            reference.append(7);
            Fixture.assertClose("logits", reference.logits(), engine.logits(), OTHER_ORDER);
            assertTrue(state.layer(0, KeyValueState.class).cache().first() > 0);
            assertEquals(0, state.layer(2, KeyValueState.class).cache().first());
        }
    }

    /// A pass that is broken off has forgotten nothing that its repetition sees.
    @Test
    void cancelledPass_canBeRepeated() {
        SequenceState state = forgetting();
        int[] tokens = tokens(1600);
        boolean[] cancelled = {false};
        Pass pass = model.newPass(SessionOptions.defaults().withExact(true), () -> cancelled[0]);
        SequenceEngine engine = new SequenceEngine("toy", model.decoder(), pass, state, SequenceState.CHUNK);
        PromptRows most = prompt(Arrays.copyOf(tokens, 1500));
        read(engine, most);
        pass.traceTo((name, layer, rows) -> cancelled[0] |= layer == 0);
        PromptRows prompt = prompt(tokens);
        assertEquals(1500, engine.rewind(prompt));
        assertThrows(
                CancellationException.class, () -> engine.read(prompt, Pass.Progress.NONE));
        pass.traceTo(Trace.NONE);
        cancelled[0] = false;
        assertEquals(1500, engine.rewind(prompt));
        float[] expected = read(engine(keeping(), SequenceState.CHUNK), prompt);
        Fixture.assertClose("logits", expected, read(engine, prompt), 1e-4);
    }
}
