package io.peregrine.model;

import io.peregrine.model.grammar.GrammarWalk;
import io.peregrine.model.sampling.Sampler;
import io.peregrine.model.sampling.SamplingOptions;
import io.peregrine.model.tokenizer.Vocabulary;
import org.jspecify.annotations.Nullable;

/// Chooses the tokens of one answer: those of the sampler, out of those that the grammar allows if there is one. Used
/// by one thread at a time.
///
/// The grammar is asked before the sampler, so that the others count as if the vocabulary did not have them. Only the
/// best token of all is tried first where the best is what is wanted: if it is allowed, it is the best of those.
final class TokenChoice {

    private final Sampler sampler;
    private final boolean greedy;
    private final int vocab;
    private final @Nullable GrammarWalk walk;
    private boolean shortened;

    /// @param vocab number of logits
    /// @param walk at its beginning; null for any text
    TokenChoice(SamplingOptions options, int vocab, @Nullable GrammarWalk walk) {
        this.sampler = Sampler.of(options, vocab);
        this.greedy = options.temperature() == 0;
        this.vocab = vocab;
        this.walk = walk;
    }

    /// Counts a token of the prompt for the penalties.
    void follow(int token) {
        sampler.accept(token);
    }

    /// The next token, or [Vocabulary#NONE] if the answer can only end.
    ///
    /// @param logits `[vocab]` from `offset`
    /// @param left how many tokens may still come, this one included
    /// @throws io.peregrine.model.grammar.GrammarException if the vocabulary has no token that the grammar allows
    int next(float[] logits, int offset, int left) {
        int token = walk == null ? sampler.sample(logits, offset) : next(logits, offset, left, walk);
        if (token != Vocabulary.NONE) {
            sampler.accept(token);
        }
        return token;
    }

    private int next(float[] logits, int offset, int left, GrammarWalk grammar) {
        int token = greedy && !grammar.knowsAllowed(left) ? sampler.sample(logits, offset) : Vocabulary.NONE;
        if (token == Vocabulary.NONE || !grammar.allows(token, left)) {
            long[] allowed = grammar.allowed(left);
            token = isEmpty(allowed) ? Vocabulary.NONE : sampler.sample(logits, offset, allowed);
            shortened |= grammar.isPressed(left) && !grammar.allows(best(logits, offset, grammar.allowed()), left);
        }
        if (token != Vocabulary.NONE) {
            grammar.accept(token);
        } else if (!grammar.mayEnd()) {
            throw grammar.stuck();
        }
        return token;
    }

    private static boolean isEmpty(long[] tokens) {
        for (long word : tokens) {
            if (word != 0) {
                return false;
            }
        }
        return true;
    }

    private int best(float[] logits, int offset, long[] allowed) {
        int best = Vocabulary.NONE;
        for (int i = 0; i < vocab; i++) {
            boolean in = (allowed[i >> 6] >>> i & 1) != 0;
            if (in && (best == Vocabulary.NONE || logits[offset + i] > logits[offset + best])) {
                best = i;
            }
        }
        return best;
    }

    /// Whether the grammar allows nothing but the end.
    boolean isOver() {
        return walk != null && walk.mustEnd();
    }

    /// Whether the grammar was ended sooner than the model would have, because the limit of tokens was near.
    boolean isShortened() {
        return shortened;
    }
}
