package io.peregrine.model;

import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.RegionEncoder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;

/// A sequence on a model: its keys and values, and the encoded images of its prompt.
///
/// What it holds is used again: a prompt that begins like the previous prompt and answer is only computed
/// from where they part. One generation at a time; [#cancel] and [#close] may be called from any thread.
/// Whoever opens a session closes it.
public final class Session implements AutoCloseable {

    private final Model model;
    private final SessionOptions options;
    private final int contextLength;
    private Pass pass;
    private SequenceEngine engine;
    private PictureShelf pictures = new PictureShelf();

    /// The pictures of the last prompt.
    private List<PictureShelf.Entry> shown = List.of();

    private final ReentrantLock running = new ReentrantLock();
    private volatile boolean cancelled;
    private volatile boolean closed;

    Session(Model model, SessionOptions options) {
        this.model = model;
        this.options = options;
        this.pass = model.newPass(options, this::isUnwanted);
        this.engine = model.newEngine(options, pass);
        this.contextLength = engine.capacity();
    }

    private boolean isUnwanted() {
        return cancelled
                || closed
                || model.uses().isClosed()
                || Thread.currentThread().isInterrupted();
    }

    /// Answers with the defaults, unheard; as [#generate(Prompt, GenerateOptions, GenerateListener)].
    public GenerateResult generate(Prompt prompt) {
        return generate(prompt, GenerateOptions.defaults(), GenerateListener.NONE);
    }

    /// Goes on from a prompt until the model ends, a limit is reached, or somebody cancels.
    ///
    /// An interrupt of the thread counts as cancelling, and stays set.
    ///
    /// @throws ContextOverflowException if the prompt does not fit, before anything is computed
    /// @throws PromptException if the prompt is empty, or has images or regions that the model cannot see
    /// @throws io.peregrine.core.ModelFormatException if the weights give infinite or undefined numbers
    /// @throws io.peregrine.core.ModelFileException if a file of the model was changed since it was loaded
    /// @throws io.peregrine.model.grammar.GrammarException if no answer that the grammar allows fits, or the model has
    ///     no token to go on with it
    /// @throws ClosedException if the model or the session is closed, before or meanwhile
    /// @throws io.peregrine.core.ResourceLimitException if the JVM ran out of memory; the session then holds nothing,
    ///     and goes on with less
    /// @throws IllegalStateException if the session is generating already
    public GenerateResult generate(Prompt prompt, GenerateOptions options, GenerateListener listener) {
        if (running.isHeldByCurrentThread() || !running.tryLock()) {
            throw new IllegalStateException("the session is generating already: open another one");
        }
        try {
            checkOpen();
            cancelled = false;
            return model.call(() -> run(prompt, options, listener));
        } finally {
            pass.reportTo(Pass.Progress.NONE);
            running.unlock();
        }
    }

    private GenerateResult run(Prompt prompt, GenerateOptions asked, GenerateListener listener) {
        try {
            return new Generation(asked, listener).run(prompt);
        } catch (OutOfMemoryError e) {
            letGo();
            throw e;
        }
    }

    /// Begins anew, and lets go of all memory.
    private void letGo() {
        pictures = new PictureShelf();
        shown = List.of();
        pass = model.newPass(options, this::isUnwanted);
        engine = model.newEngine(options, pass);
    }

    private void checkOpen() {
        if (closed) {
            throw new ClosedException("the session", "open another one");
        }
        model.uses().check();
    }

    /// Ends the generation that runs, within one token or one layer of the vision tower; its result says
    /// [FinishReason#CANCELLED]. Does nothing if none runs.
    public void cancel() {
        cancelled = true;
    }

    /// Tokens that prompt and answer may take together.
    public int contextLength() {
        return contextLength;
    }

    /// Whether the model makes something of regions.
    boolean knowsRegions() {
        return model.encoder() instanceof RegionEncoder;
    }

    /// Ends the session, and the generation that runs on it. Closing twice does nothing.
    @Override
    public void close() {
        closed = true;
    }

    /// One call of [#generate].
    private final class Generation {

        private final GenerateListener listener;
        private final Answer answer;
        private int reused;
        private long start = System.nanoTime();
        private Duration imageTime = Duration.ZERO;
        private Duration promptTime = Duration.ZERO;

        Generation(GenerateOptions options, GenerateListener listener) {
            this.listener = listener;
            this.answer = new Answer(model, options, listener);
        }

        GenerateResult run(Prompt prompt) {
            PromptRows rows = model.reader().read(prompt, pictures);
            pictures.giveBack(shown);
            shown = rows.pictures();
            int text = rows.rows() - rows.imageRows();
            if (rows.rows() >= engine.capacity()) {
                throw new ContextOverflowException(text, rows.imageRows(), engine.capacity(), model.trainedContext());
            }
            answer.checkRoom(engine.capacity() - rows.rows() + 1);
            try {
                read(rows);
                answer(rows);
            } catch (CancellationException e) {
                checkOpen();
            }
            answer.end();
            return new GenerateResult(
                    answer.text(),
                    answer.tokens(),
                    answer.logprobs(),
                    answer.finish(),
                    rows.rows(),
                    rows.imageRows(),
                    reused,
                    imageTime,
                    promptTime,
                    lap());
        }

        private void read(PromptRows rows) {
            reused = engine.rewind(rows);
            pass.reportTo((done, total) -> listener.progress(GenerateListener.Stage.IMAGES, done, total));
            encode(rows);
            imageTime = rows.imageRows() > 0 ? lap() : Duration.ZERO;
            engine.read(rows, (done, total) -> listener.progress(GenerateListener.Stage.PROMPT, done, total));
            promptTime = lap();
        }

        private void encode(PromptRows rows) {
            ImageEncoder encoder = model.encoder();
            int end = 0;
            for (PromptRows.Part part : rows.parts()) {
                end += part.rows();
                if (part instanceof PromptRows.Block block && end > reused && encoder != null) {
                    block.source().encode(encoder, pass);
                }
                if (part instanceof PromptRows.Area area && end > reused && encoder instanceof RegionEncoder regions) {
                    area.source().encode(regions, pass);
                }
            }
        }

        private void answer(PromptRows rows) {
            answer.follow(rows);
            pass.checkCancelled();
            while (answer.next(engine.logits(), 0, engine.capacity() - engine.length())) {
                engine.append(answer.last());
                pass.checkCancelled();
            }
        }

        /// Time since the last lap.
        private Duration lap() {
            long now = System.nanoTime();
            Duration time = Duration.ofNanos(now - start);
            start = now;
            return time;
        }
    }
}
