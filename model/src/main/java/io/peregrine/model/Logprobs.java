package io.peregrine.model;

import io.peregrine.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/// Reads probabilities off logits. Belongs to one generation.
final class Logprobs {

    private final Tokenizer tokenizer;
    private final int vocab;
    private final int[] best;

    /// @param vocab number of logits
    /// @param top how many of the most likely tokens are named
    Logprobs(Tokenizer tokenizer, int vocab, int top) {
        this.tokenizer = tokenizer;
        this.vocab = vocab;
        this.best = new int[Math.min(top, vocab)];
    }

    /// @param logits `[vocab]` from `offset`, finite
    TokenLogprob of(int token, float[] logits, int offset) {
        double total = logSum(logits, offset);
        findBest(logits, offset);
        List<TokenLogprob> top = new ArrayList<>(best.length);
        for (int id : best) {
            top.add(one(id, logits[offset + id] - total, List.of()));
        }
        return one(token, logits[offset + token] - total, top);
    }

    private TokenLogprob one(int id, double logprob, List<TokenLogprob> top) {
        return new TokenLogprob(id, tokenizer.bytes(id), Math.min(0, logprob), top);
    }

    /// The logarithm of the sum of the exponentials.
    private double logSum(float[] logits, int offset) {
        float max = logits[offset];
        for (int i = 1; i < vocab; i++) {
            max = Math.max(max, logits[offset + i]);
        }
        double sum = 0;
        for (int i = 0; i < vocab; i++) {
            sum += Math.exp(logits[offset + i] - max);
        }
        return max + Math.log(sum);
    }

    /// Fills [#best] in descending order; of equal ones the smaller id comes first.
    private void findBest(float[] logits, int offset) {
        int found = 0;
        for (int i = 0; i < vocab; i++) {
            float logit = logits[offset + i];
            int at = found;
            while (at > 0 && logit > logits[offset + best[at - 1]]) {
                at--;
            }
            if (at < best.length) {
                found = Math.min(best.length, found + 1);
                System.arraycopy(best, at, best, at + 1, found - at - 1);
                best[at] = i;
            }
        }
    }
}
