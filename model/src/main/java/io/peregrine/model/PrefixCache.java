package io.peregrine.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Sequences of ended requests, for prompts that begin like them. Those used longest ago leave first. Used by one
/// thread.
final class PrefixCache {

    private final int most;
    private final long mostBytes;

    /// The one used longest ago first.
    private final List<HeldSequence> idle = new ArrayList<>();

    /// @param most sequences
    /// @param mostBytes that they take together
    PrefixCache(int most, long mostBytes) {
        this.most = most;
        this.mostBytes = mostBytes;
    }

    /// Where a prompt can go on from.
    ///
    /// @param rows of the prompt that it has
    record Start(HeldSequence from, int rows) {}

    /// The sequence that has most rows of a prompt, or null if none has any.
    ///
    /// @param busy sequences that are in use: they are looked at too
    @Nullable
    Start find(PromptRows prompt, List<HeldSequence> busy, boolean reproducible) {
        Start best = best(prompt, idle, reproducible, null);
        if (best != null) {
            idle.remove(best.from);
            idle.add(best.from);
        }
        return best(prompt, busy, reproducible, best);
    }

    private static @Nullable Start best(
            PromptRows prompt, List<HeldSequence> among, boolean reproducible, @Nullable Start before) {
        Start best = before;
        for (HeldSequence held : among) {
            int rows = held.common(prompt, usable(prompt, held, reproducible));
            if (rows > (best == null ? 0 : best.rows)) {
                best = new Start(held, rows);
            }
        }
        return best;
    }

    /// How many rows of a sequence may serve a prompt: the last row of a prompt is needed for its logits. Reproducible
    /// are rows that were read together with others, if enough are left to be read in the same way.
    private static int usable(PromptRows prompt, HeldSequence held, boolean reproducible) {
        if (!reproducible) {
            return prompt.rows() - 1;
        }
        return held.promptRows() < RequestRunner.LEAST_ROWS
                ? 0
                : Math.max(0, Math.min(held.promptRows(), prompt.rows() - RequestRunner.LEAST_ROWS));
    }

    /// Keeps the sequence of a request that has ended, instead of those that it covers.
    void keep(HeldSequence ended) {
        if (ended.length() == 0) {
            return;
        }
        for (int i = 0; i < idle.size(); i++) {
            if (idle.get(i).covers(ended)) {
                idle.add(idle.remove(i));
                return;
            }
        }
        idle.removeIf(ended::covers);
        idle.add(ended);
        trim();
    }

    private void trim() {
        Set<Object> counted = new HashSet<>();
        long bytes = 0;
        int kept = 0;
        for (int i = idle.size() - 1; i >= 0; i--) {
            bytes += idle.get(i).bytes(counted);
            if (bytes > mostBytes || kept == most) {
                idle.subList(0, i + 1).clear();
                return;
            }
            kept++;
        }
    }

    void clear() {
        idle.clear();
    }

    int size() {
        return idle.size();
    }

    /// Bytes of heap of the idle sequences and of others; what several share counts once.
    long bytes(List<HeldSequence> others) {
        Set<Object> counted = new HashSet<>();
        long bytes = 0;
        for (HeldSequence held : idle) {
            bytes += held.bytes(counted);
        }
        for (HeldSequence held : others) {
            bytes += held.bytes(counted);
        }
        return bytes;
    }
}
