package io.peregrine.model;

import io.peregrine.model.grammar.Grammar;
import io.peregrine.model.grammar.GrammarWalk;
import io.peregrine.model.tokenizer.Tokenizer;
import io.peregrine.model.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The answer of one generation as it grows: chooses each token, tells the listener, and knows when it is over.
/// Belongs to one generation; used by one thread at a time.
final class Answer {

    private final Tokenizer tokenizer;
    private final GenerateOptions options;
    private final GenerateListener listener;
    private final TokenChoice choice;
    private final @Nullable GrammarWalk walk;
    private final @Nullable Logprobs probabilities;
    private final AnswerText text;
    private final List<Integer> tokens = new ArrayList<>();
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private FinishReason finish = FinishReason.CANCELLED;

    /// @throws io.peregrine.core.ResourceLimitException if the grammar is too much for the vocabulary
    Answer(Model model, GenerateOptions options, GenerateListener listener) {
        int vocab = model.decoder().vocab();
        Grammar grammar = options.grammar();
        this.tokenizer = model.tokenizer();
        this.options = options;
        this.listener = listener;
        this.walk = grammar == null ? null : model.grammars().begin(grammar);
        this.choice = new TokenChoice(options.sampling(), vocab, walk);
        this.probabilities = options.logprobs() < 0 ? null : new Logprobs(tokenizer, vocab, options.logprobs());
        this.text = new AnswerText(tokenizer.decoder(false), options.stop(), listener);
    }

    /// Checks that the shortest answer that the grammar allows fits.
    ///
    /// @param room tokens that the context has left behind the prompt
    /// @throws io.peregrine.model.grammar.GrammarException if it does not
    void checkRoom(int room) {
        if (walk != null) {
            walk.checkRoom(Math.min(options.maxTokens(), room));
        }
    }

    /// Counts the tokens of the prompt for the penalties.
    void follow(PromptRows prompt) {
        for (int i = 0; i < prompt.rows(); i++) {
            if (prompt.code(i) >= 0) {
                choice.follow(prompt.code(i));
            }
        }
    }

    /// Chooses the next token, which is then the last of [#tokens], unless a grammar allows none.
    ///
    /// @param logits `[vocab]` from `offset`, finite; left as they are
    /// @param room how many tokens can follow this one in the context
    /// @return whether the answer goes on
    boolean next(float[] logits, int offset, int room) {
        int left = Math.min(options.maxTokens() - tokens.size(), Math.addExact(room, 1));
        int token = choice.next(logits, offset, left);
        if (token == Vocabulary.NONE) {
            finish = ending();
            return false;
        }
        tokens.add(token);
        if (probabilities != null) {
            TokenLogprob logprob = probabilities.of(token, logits, offset);
            logprobs.add(logprob);
            listener.token(logprob);
        }
        if (tokenizer.vocabulary().isEndOfGeneration(token) && !options.ignoreEnd()) {
            finish = ending();
            return false;
        }
        if (text.append(token)) {
            finish = FinishReason.STOP;
            return false;
        }
        if (choice.isOver()) {
            finish = ending();
            return false;
        }
        if (left == 1) {
            finish = FinishReason.LENGTH;
            return false;
        }
        return true;
    }

    /// Why an answer ends that the model, or its grammar, ends.
    private FinishReason ending() {
        return choice.isShortened() ? FinishReason.LENGTH : FinishReason.END;
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

    /// Whether no token is chosen yet.
    boolean isEmpty() {
        return tokens.isEmpty();
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
