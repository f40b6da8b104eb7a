package io.peregrine.model.sampling;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Chooses tokens by [SamplingOptions] and remembers the recent ones for the penalties.
///
/// Deterministic: equal logits are ordered by token id, and the draws follow from the seed alone. Belongs to one
/// generation; used by one thread at a time. A warm call allocates nothing.
public final class Sampler {

    private final SamplingOptions options;
    private final int vocab;
    private final SplittableRandom random;

    private final int[] recent;
    private int accepted;
    private final int[] counts;

    /// Candidates as sortable keys: the logit's order in the upper half, the complement of the id in the lower,
    /// so that the largest key is the best token and ties go to the smaller id.
    private final long[] keys;

    private final float[] penalised;
    private final double[] weights;

    private Sampler(SamplingOptions options, int vocab) {
        this.options = options;
        this.vocab = vocab;
        this.random = new SplittableRandom(options.seed());
        boolean penalises = options.penalises();
        this.recent = new int[penalises ? options.penaltyWindow() : 0];
        this.counts = new int[penalises ? vocab : 0];
        this.penalised = new float[penalises ? vocab : 0];
        boolean draws = options.temperature() > 0;
        this.keys = new long[!draws ? 0 : candidateLimit()];
        this.weights = new double[keys.length];
    }

    /// @param vocab number of logits per step
    public static Sampler of(SamplingOptions options, int vocab) {
        if (vocab <= 0) {
            throw new IllegalArgumentException("vocab: found " + vocab + ", expected at least 1");
        }
        return new Sampler(options, vocab);
    }

    /// Counts a token of the prompt or of the answer for the penalties.
    public void accept(int token) {
        if (recent.length == 0) {
            return;
        }
        int slot = accepted % recent.length;
        if (accepted >= recent.length) {
            counts[recent[slot]]--;
        }
        recent[slot] = token;
        counts[token]++;
        accepted = accepted == Integer.MAX_VALUE ? recent.length + (slot + 1) % recent.length : accepted + 1;
    }

    /// The next token.
    ///
    /// @param logits `[vocab]` from `offset`, finite; left as they are
    public int sample(float[] logits, int offset) {
        return sample(logits, offset, null);
    }

    /// The next token out of some: as if the others were not in the vocabulary.
    ///
    /// @param allowed token `i` as bit `i & 63` of word `i >> 6`, at least one; null for all
    public int sample(float[] logits, int offset, long @Nullable [] allowed) {
        float[] scores = logits;
        int base = offset;
        if (recent.length > 0) {
            penalise(logits, offset);
            scores = penalised;
            base = 0;
        }
        if (options.temperature() == 0) {
            return best(scores, base, allowed);
        }
        return draw(candidates(scores, base, allowed));
    }

    private void penalise(float[] logits, int offset) {
        System.arraycopy(logits, offset, penalised, 0, vocab);
        int filled = Math.min(accepted, recent.length);
        for (int i = 0; i < filled; i++) {
            int token = recent[i];
            float logit = logits[offset + token];
            logit = logit <= 0 ? logit * options.repeatPenalty() : logit / options.repeatPenalty();
            penalised[token] = logit - counts[token] * options.frequencyPenalty() - options.presencePenalty();
        }
    }

    private int best(float[] scores, int base, long @Nullable [] allowed) {
        int best = next(0, allowed);
        for (int i = next(best + 1, allowed); i < vocab; i = next(i + 1, allowed)) {
            if (scores[base + i] > scores[base + best]) {
                best = i;
            }
        }
        return best;
    }

    /// The first allowed token from one on; [#vocab] or more if there is none.
    private int next(int token, long @Nullable [] allowed) {
        if (allowed == null) {
            return token;
        }
        int word = token >> 6;
        if (word >= allowed.length) {
            return vocab;
        }
        long bits = allowed[word] & -1L << token;
        while (bits == 0) {
            if (++word == allowed.length) {
                return vocab;
            }
            bits = allowed[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }

    private int candidateLimit() {
        return options.topK() == 0 ? vocab : Math.min(options.topK(), vocab);
    }

    /// Fills [#keys] with the best candidates in ascending order and returns their number.
    private int candidates(float[] scores, int base, long @Nullable [] allowed) {
        int limit = candidateLimit();
        int size = 0;
        if (limit == vocab) {
            for (int i = next(0, allowed); i < vocab; i = next(i + 1, allowed)) {
                keys[size++] = key(scores[base + i], i);
            }
            Arrays.sort(keys, 0, size);
            return size;
        }
        for (int i = next(0, allowed); i < vocab; i = next(i + 1, allowed)) {
            long key = key(scores[base + i], i);
            if (size < limit) {
                keys[size++] = key;
                if (size == limit) {
                    for (int parent = limit / 2 - 1; parent >= 0; parent--) {
                        siftDown(parent, limit);
                    }
                }
            } else if (key > keys[0]) {
                keys[0] = key;
                siftDown(0, limit);
            }
        }
        Arrays.sort(keys, 0, size);
        return size;
    }

    /// Restores the heap, smallest key on top, below `parent`.
    private void siftDown(int parent, int size) {
        long key = keys[parent];
        int at = parent;
        for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && keys[child + 1] < keys[child]) {
                child++;
            }
            if (keys[child] >= key) {
                break;
            }
            keys[at] = keys[child];
            at = child;
        }
        keys[at] = key;
    }

    /// Applies top-p, min-p and temperature to the `count` ascending candidates and draws one.
    private int draw(int count) {
        int top = count - 1;
        float max = logit(keys[top]);
        int first = 0;
        if (options.topP() < 1) {
            double total = 0;
            for (int i = 0; i < count; i++) {
                weights[i] = Math.exp(logit(keys[i]) - max);
                total += weights[i];
            }
            double reached = 0;
            first = top;
            for (int i = top; i >= 0; i--) {
                reached += weights[i];
                first = i;
                if (reached >= options.topP() * total) {
                    break;
                }
            }
        }
        if (options.minP() > 0) {
            float least = max + (float) Math.log(options.minP());
            while (first < top && logit(keys[first]) < least) {
                first++;
            }
        }
        double total = 0;
        for (int i = first; i <= top; i++) {
            weights[i] = Math.exp((logit(keys[i]) - max) / options.temperature());
            total += weights[i];
        }
        double point = random.nextDouble() * total;
        for (int i = top; i > first; i--) {
            point -= weights[i];
            if (point < 0) {
                return id(keys[i]);
            }
        }
        return id(keys[first]);
    }

    private static long key(float logit, int id) {
        int bits = Float.floatToRawIntBits(logit);
        int ordered = bits ^ (bits >> 31 & 0x7fffffff);
        return (long) ordered << 32 | ~id & 0xffffffffL;
    }

    private static float logit(long key) {
        int ordered = (int) (key >> 32);
        return Float.intBitsToFloat(ordered ^ (ordered >> 31 & 0x7fffffff));
    }

    private static int id(long key) {
        return ~(int) key;
    }
}
