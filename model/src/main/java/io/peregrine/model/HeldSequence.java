package io.peregrine.model;

import io.peregrine.model.block.Batch;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.SequenceState;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;

/// A sequence in the decoder that knows what its rows are, so that a prompt that begins like it is only read from
/// where they part.
///
/// Rows are put into batches by [#addPrompt] and [#addToken], and held once the batch is computed ([#holdPrompt],
/// [#holdToken]). Used by one thread at a time, together with the sequences that it shares memory with ([#fork]).
final class HeldSequence {

    private final Decoder decoder;
    private final SequenceState state;

    /// What the rows are, as [PromptRows#code] says.
    private int[] codes;

    /// Rows that were read as a prompt, from the first; those behind them came one by one.
    private int promptRows;

    /// The position of what follows, once a prompt is read.
    private int nextPosition;

    /// @param state an empty sequence of the decoder
    HeldSequence(Decoder decoder, SequenceState state) {
        this(decoder, state, new int[256]);
    }

    private HeldSequence(Decoder decoder, SequenceState state, int[] codes) {
        this.decoder = decoder;
        this.state = state;
        this.codes = codes;
    }

    int capacity() {
        return state.capacity();
    }

    /// Rows held.
    int length() {
        return state.length();
    }

    /// Rows held that were read as a prompt.
    int promptRows() {
        return Math.min(promptRows, length());
    }

    /// Gets ready for a prompt: forgets all rows if it needs another variant of the model.
    void use(PromptRows prompt) {
        state.use(decoder.variant(prompt.rows()));
    }

    /// How many rows of a prompt it could keep: those that both begin with, as far as the layers can go back.
    ///
    /// @param most not more
    int common(PromptRows prompt, int most) {
        if (state.variant() != decoder.variant(prompt.rows())) {
            return 0;
        }
        int common = 0;
        int end = Math.min(length(), most);
        while (common < end && codes[common] == prompt.code(common)) {
            common++;
        }
        common = state.restorable(wholeBlocks(prompt, common));
        while (common != wholeBlocks(prompt, common)) {
            common = state.restorable(wholeBlocks(prompt, common));
        }
        return common;
    }

    /// Whether it begins with all rows of another sequence, and can go back there.
    boolean covers(HeldSequence other) {
        int rows = other.length();
        return state.variant() == other.state.variant()
                && rows <= length()
                && Arrays.equals(codes, 0, rows, other.codes, 0, rows)
                && state.restorable(rows) == rows;
    }

    /// Forgets rows.
    ///
    /// @param rows as [#common] gives, or those before the last batch
    void truncate(int rows) {
        state.truncate(rows);
        promptRows = Math.min(promptRows, rows);
    }

    /// Another sequence that begins with rows of this one and shares their memory.
    ///
    /// @param rows as [#common] gives
    HeldSequence fork(int rows) {
        HeldSequence fork = new HeldSequence(decoder, state.fork(rows), Arrays.copyOf(codes, Math.max(rows, 256)));
        fork.promptRows = Math.min(promptRows, rows);
        return fork;
    }

    /// `row`, or the first row of the block that it would cut, if rows of a block have to be computed together.
    private int wholeBlocks(PromptRows prompt, int row) {
        PromptRows.Part part = decoder.seesWholeBlocks() ? prompt.partAt(row) : null;
        return part instanceof PromptRows.Block ? prompt.start(part) : row;
    }

    /// Where the chunk of a prompt that comes next ends.
    ///
    /// @param chunk rows, more only where a block of a picture is longer
    /// @param least rows that a chunk, and what it leaves, has at least, if there are so many
    int end(PromptRows prompt, int chunk, int least) {
        int from = length();
        int to = from + chunk;
        if (prompt.rows() - to < least) {
            to = prompt.rows();
        }
        int whole = wholeBlocks(prompt, to);
        if (whole >= from + least || whole == to) {
            return whole;
        }
        PromptRows.Part block = Objects.requireNonNull(prompt.partAt(to));
        int end = prompt.start(block) + block.rows();
        return prompt.rows() - end < least ? prompt.rows() : end;
    }

    /// Adds the rows of a prompt that follow those held, up to `to`, to a batch.
    void addPrompt(PromptRows prompt, int to, Batch batch) {
        int from = length();
        batch.begin(state);
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

    /// Notes what the rows of a prompt from `from` are, once they are computed.
    void holdPrompt(PromptRows prompt, int from) {
        int to = length();
        reserve(to);
        for (int i = from; i < to; i++) {
            codes[i] = prompt.code(i);
        }
        promptRows = to;
        nextPosition = prompt.nextPosition();
    }

    /// Adds a token that follows the rows held to a batch.
    void addToken(int token, Batch batch) {
        batch.begin(state);
        batch.addToken(token, nextPosition);
    }

    /// Notes the token, once it is computed.
    void holdToken(int token) {
        reserve(length());
        codes[length() - 1] = token;
        nextPosition++;
    }

    private void reserve(int rows) {
        if (codes.length < rows) {
            codes = Arrays.copyOf(codes, Math.max(rows, codes.length * 2));
        }
    }

    /// As [SequenceState#bytes].
    long bytes(Set<Object> counted) {
        return state.bytes(counted);
    }
}
