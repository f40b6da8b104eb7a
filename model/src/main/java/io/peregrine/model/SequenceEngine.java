package io.peregrine.model;

import io.peregrine.core.ModelFormatException;
import io.peregrine.model.block.Batch;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.SequenceState;
import io.peregrine.model.block.Trace;
import java.util.Arrays;
import java.util.Objects;

/// One sequence in the decoder: reads prompts, goes on token by token, and knows what it holds, so that a
/// prompt that begins like the held sequence is only read from where they part.
///
/// After an exception it holds what was completely computed. Used by one thread at a time.
final class SequenceEngine {

    private final String file;
    private final Decoder decoder;
    private final Pass pass;
    private final SequenceState state;
    private final int chunk;
    private final Batch batch;
    private final Rows logits = new Rows();

    /// What the rows of the sequence are, as [PromptRows#code] says.
    private int[] held = new int[256];

    /// The position of what follows the held rows, once a prompt is read.
    private int nextPosition;

    /// @param file the model's name for messages
    /// @param state an empty sequence of the decoder
    /// @param chunk rows of a prompt that are computed together, more only where a block of a picture is longer; the
    ///     same for all, so that results do not depend on load
    SequenceEngine(String file, Decoder decoder, Pass pass, SequenceState state, int chunk) {
        this.file = file;
        this.decoder = decoder;
        this.pass = pass;
        this.state = state;
        this.chunk = chunk;
        this.batch = new Batch(decoder.axes());
    }

    int capacity() {
        return state.capacity();
    }

    /// Rows held.
    int length() {
        return state.length();
    }

    /// Forgets the rows that a prompt does not begin with, and its last row, whose logits are needed; all rows
    /// if a prompt of its length needs another variant of the model.
    ///
    /// @return how many rows of the prompt are still held
    int rewind(PromptRows prompt) {
        state.use(decoder.variant(prompt.rows()));
        int common = 0;
        int most = Math.min(state.length(), prompt.rows() - 1);
        while (common < most && held[common] == prompt.code(common)) {
            common++;
        }
        common = state.restorable(wholeBlocks(prompt, common));
        while (common != wholeBlocks(prompt, common)) {
            common = state.restorable(wholeBlocks(prompt, common));
        }
        state.truncate(common);
        return common;
    }

    /// `row`, or the first row of the block that it would cut, if rows of a block have to be computed together.
    private int wholeBlocks(PromptRows prompt, int row) {
        PromptRows.Part part = decoder.seesWholeBlocks() ? prompt.partAt(row) : null;
        return part instanceof PromptRows.Block ? prompt.start(part) : row;
    }

    /// Reads the rows of a prompt that are not held yet, after which [#logits] are those behind its last row.
    ///
    /// @param progress hears of rows, those held included
    /// @throws java.util.concurrent.CancellationException between layers
    void read(PromptRows prompt, Pass.Progress progress) {
        state.use(decoder.variant(prompt.rows()));
        while (state.length() < prompt.rows()) {
            pass.checkCancelled();
            progress.at(state.length(), prompt.rows());
            int from = state.length();
            int to = end(prompt, from);
            batch.clear();
            batch.begin(state);
            fill(prompt, from, to);
            forward(to == prompt.rows());
            hold(prompt, from, to);
        }
        nextPosition = prompt.nextPosition();
        progress.at(prompt.rows(), prompt.rows());
    }

    /// Where the chunk that begins at a row ends.
    private int end(PromptRows prompt, int from) {
        int to = Math.min(prompt.rows(), from + chunk);
        int whole = to == prompt.rows() ? to : wholeBlocks(prompt, to);
        if (whole > from) {
            return whole;
        }
        PromptRows.Part block = Objects.requireNonNull(prompt.partAt(to));
        return prompt.start(block) + block.rows();
    }

    /// Adds rows `from .. to` of the prompt to the batch.
    private void fill(PromptRows prompt, int from, int to) {
        int start = 0;
        for (PromptRows.Part part : prompt.parts()) {
            int length = part.rows();
            for (int i = Math.max(0, from - start); i < length && start + i < to; i++) {
                int row = start + i;
                int position = prompt.position(0, row);
                switch (part) {
                    case PromptRows.Tokens tokens -> batch.addToken(tokens.ids()[i], position);
                    case PromptRows.Block block ->
                        batch.addEmbedding(
                                block.source().rows(block.number()),
                                block.offset() + i,
                                position,
                                decoder.seesWholeBlocks() ? length - i - 1 : 0);
                    case PromptRows.Area area -> batch.addEmbedding(area.source().rows(), i, position);
                }
                for (int axis = 1; axis < prompt.axes(); axis++) {
                    batch.place(axis, prompt.position(axis, row));
                }
            }
            start += length;
        }
    }

    private void hold(PromptRows prompt, int from, int to) {
        reserve(to);
        for (int i = from; i < to; i++) {
            held[i] = prompt.code(i);
        }
    }

    private void reserve(int rows) {
        if (held.length < rows) {
            held = Arrays.copyOf(held, Math.max(rows, held.length * 2));
        }
    }

    /// Goes on by a token, after which [#logits] are those behind it.
    void append(int token) {
        int row = state.length();
        batch.clear();
        batch.begin(state);
        batch.addToken(token, nextPosition++);
        forward(true);
        reserve(row + 1);
        held[row] = token;
    }

    /// Logits `[vocab]` behind the last row.
    float[] logits() {
        return logits.data();
    }

    private void forward(boolean wanted) {
        decoder.forward(pass, batch, wanted ? new int[] {batch.rows() - 1} : new int[0], logits);
        if (wanted) {
            checkFinite();
        }
    }

    /// Ends the run if a logit is not a number, naming the first result of the layers that is not: computes
    /// the batch once more to find it.
    private void checkFinite() {
        int at = NonFinite.first(logits.data(), 0, decoder.vocab());
        if (at < 0) {
            return;
        }
        int first = state.length() - batch.rows();
        state.truncate(first);
        NonFinite finder = new NonFinite(first, batch.rows());
        pass.traceTo(finder);
        try {
            decoder.forward(pass, batch, new int[] {batch.rows() - 1}, logits);
        } finally {
            pass.traceTo(Trace.NONE);
            state.truncate(first);
        }
        throw new ModelFormatException(
                file,
                finder.where(),
                finder.found(),
                "finite numbers",
                "the weights are damaged, or the model needs a wider type than they are stored in");
    }
}
