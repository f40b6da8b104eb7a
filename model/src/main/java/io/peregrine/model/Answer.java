package io.peregrine.model;

import io.peregrine.model.sampling.Sampler;
import io.peregrine.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The answer of one generation as it grows: chooses each token, tells the listener, and knows when it is over.
/// Belongs to one generation; used by one thread at a time.
final class Answer {

    private final Tokenizer tokenizer;
    private final GenerateOptions options;
    private final GenerateListener listener;
    private final Sampler sampler;
    private final @Nullable Logprobs probabilities;
    private final AnswerText text;
    private final List<Integer> tokens = new ArrayList<>();
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private FinishReason finish = FinishReason.CANCELLED;

    /// @param vocab number of logits
    Answer(Tokenizer tokenizer, int vocab, GenerateOptions options, GenerateListener listener) {
        this.tokenizer = tokenizer;
        this.options = options;
        this.listener = listener;
        this.sampler = Sampler.of(options.sampling(), vocab);
        this.probabilities = options.logprobs() < 0 ? null : new Logprobs(tokenizer, vocab, options.logprobs());
        this.text = new AnswerText(tokenizer.decoder(false), options.stop(), listener);
    }

    /// Counts the tokens of the prompt for the penalties.
    void follow(PromptRows prompt) {
        for (int i = 0; i < prompt.rows(); i++) {
            if (prompt.code(i) >= 0) {
                sampler.accept(prompt.code(i));
            }
        }
    }

    /// Chooses the next token, which is then the last of [#tokens].
    ///
    /// @param logits `[vocab]` from `offset`, finite; left as they are
    /// @param room whether another token can follow this one in the context
    /// @return whether the answer goes on
    boolean next(float[] logits, int offset, boolean room) {
        int token = sampler.sample(logits, offset);
        sampler.accept(token);
        tokens.add(token);
        if (probabilities != null) {
            TokenLogprob logprob = probabilities.of(token, logits, offset);
            logprobs.add(logprob);
            listener.token(logprob);
        }
        if (tokenizer.vocabulary().isEndOfGeneration(token) && !options.ignoreEnd()) {
            finish = FinishReason.END;
            return false;
        }
        if (text.append(token)) {
            finish = FinishReason.STOP;
            return false;
        }
        if (tokens.size() >= options.maxTokens() || !room) {
            finish = FinishReason.LENGTH;
            return false;
        }
        return true;
    }

    /// Gives out the text that is held back, once no token follows.
    void end() {
        if (text.finish()) {
            finish = FinishReason.STOP;
        }
    }

    /// Why it ended; [FinishReason#CANCELLED] until it has.
    FinishReason finish() {
        return finish;
    }

    String text() {
        return text.text();
    }

    /// The token chosen last.
    int last() {
        return tokens.getLast();
    }

    /// A copy.
    List<Integer> tokens() {
        return List.copyOf(tokens);
    }

    /// Of each token, if asked for. A copy.
    List<TokenLogprob> logprobs() {
        return List.copyOf(logprobs);
    }
}
