package io.peregrine.model;

import io.peregrine.model.block.Batch;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.SequenceState;

/// One sequence in the decoder: reads prompts, and goes on token by token.
///
/// After an exception it holds what was completely computed. Used by one thread at a time.
final class SequenceEngine {

    private final String file;
    private final Decoder decoder;
    private final Pass pass;
    private final HeldSequence held;
    private final int chunk;
    private final Batch batch;
    private final Rows logits = new Rows();

    /// @param file the model's name for messages
    /// @param state an empty sequence of the decoder
    /// @param chunk rows of a prompt that are computed together, more only where a block of a picture is longer; the
    ///     same for all, so that results do not depend on load
    SequenceEngine(String file, Decoder decoder, Pass pass, SequenceState state, int chunk) {
        this.file = file;
        this.decoder = decoder;
        this.pass = pass;
        this.held = new HeldSequence(decoder, state);
        this.chunk = chunk;
        this.batch = new Batch(decoder.axes());
    }

    int capacity() {
        return held.capacity();
    }

    /// Rows held.
    int length() {
        return held.length();
    }

    /// Forgets the rows that a prompt does not begin with, and its last row, whose logits are needed; all rows
    /// if a prompt of its length needs another variant of the model.
    ///
    /// @return how many rows of the prompt are still held
    int rewind(PromptRows prompt) {
        held.use(prompt);
        int common = held.common(prompt, prompt.rows() - 1);
        held.truncate(common);
        return common;
    }

    /// Reads the rows of a prompt that are not held yet, after which [#logits] are those behind its last row.
    ///
    /// @param progress hears of rows, those held included
    /// @throws java.util.concurrent.CancellationException between layers
    void read(PromptRows prompt, Pass.Progress progress) {
        held.use(prompt);
        while (held.length() < prompt.rows()) {
            pass.checkCancelled();
            progress.at(held.length(), prompt.rows());
            int from = held.length();
            int to = held.end(prompt, chunk, 1);
            batch.clear();
            held.addPrompt(prompt, to, batch);
            forward(to == prompt.rows());
            held.holdPrompt(prompt, from);
        }
        progress.at(prompt.rows(), prompt.rows());
    }

    /// Goes on by a token, after which [#logits] are those behind it.
    void append(int token) {
        batch.clear();
        held.addToken(token, batch);
        forward(true);
        held.holdToken(token);
    }

    /// Logits `[vocab]` behind the last row.
    float[] logits() {
        return logits.data();
    }

    private void forward(boolean wanted) {
        decoder.forward(pass, batch, wanted ? new int[] {batch.rows() - 1} : new int[0], logits);
        if (wanted && NonFinite.first(logits.data(), 0, decoder.vocab()) >= 0) {
            throw NonFinite.error(file, decoder, pass, batch, logits);
        }
    }
}
