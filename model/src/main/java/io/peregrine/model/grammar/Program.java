package io.peregrine.model.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// A compiled grammar: steps, and where each rule begins. Immutable.
///
/// Every rule can be completed, and none begins with itself, so that what may come next is always found in a
/// bounded number of steps.
final class Program {

    private final String name;
    private final Step[] steps;
    private final int[] entries;
    private final int root;

    /// The least numbers of bytes.
    private final Costs bytes;

    /// Which bytes the grammar tells apart: two bytes of one class lead to the same places everywhere.
    private final byte[] classes = new byte[256];

    private final int classCount;

    /// @param name of the grammar, for messages
    /// @param steps the places
    /// @param entries where each rule begins
    /// @param names of the rules
    /// @throws GrammarException if a rule begins with itself, or can never end
    Program(String name, Step[] steps, int[] entries, int root, String[] names) {
        this.name = name;
        this.steps = steps;
        this.entries = entries;
        this.root = root;
        this.bytes = Costs.ofBytes(this);
        for (int rule = 0; rule < entries.length; rule++) {
            if (bytes.cost(entries[rule]) == Costs.NEVER) {
                throw new GrammarException(
                        name,
                        "the rule " + names[rule] + " never ends, expected a way through it that does not lead back"
                                + " into it");
            }
        }
        checkBeginnings(names);
        BitSet bounds = new BitSet(257);
        for (Step step : steps) {
            if (step instanceof Step.Take take) {
                for (int i = 0; i < take.from().length; i++) {
                    bounds.set(take.from()[i]);
                    bounds.set(take.to()[i] + 1);
                }
            }
        }
        int count = 0;
        for (int value = 0; value < 256; value++) {
            count += value > 0 && bounds.get(value) ? 1 : 0;
            classes[value] = (byte) count;
        }
        this.classCount = count + 1;
    }

    String name() {
        return name;
    }

    Step step(int place) {
        return steps[place];
    }

    /// Number of places.
    int size() {
        return steps.length;
    }

    /// Where a rule begins.
    int entry(int rule) {
        return entries[rule];
    }

    /// Where the whole text begins.
    int start() {
        return entries[root];
    }

    /// Whether the rest of a rule, or of the body of a loop, may be nothing.
    boolean mayBeEmpty(int place) {
        return bytes.cost(place) == 0;
    }

    int classOf(int value) {
        return classes[value & 0xFF] & 0xFF;
    }

    int classCount() {
        return classCount;
    }

    /// Follows, from rule to rule, what each can begin with.
    private void checkBeginnings(String[] names) {
        int[][] first = new int[entries.length][];
        for (int rule = 0; rule < entries.length; rule++) {
            first[rule] = firstCalls(entries[rule]);
        }
        byte[] seen = new byte[entries.length];
        int[] path = new int[entries.length];
        int[] next = new int[entries.length];
        for (int start = 0; start < entries.length; start++) {
            int depth = 0;
            if (seen[start] != 0) {
                continue;
            }
            path[0] = start;
            seen[start] = 1;
            while (depth >= 0) {
                int rule = path[depth];
                if (next[rule] == first[rule].length) {
                    seen[rule] = 2;
                    depth--;
                    continue;
                }
                int callee = first[rule][next[rule]++];
                if (seen[callee] == 1) {
                    throw leftRecursion(names, path, depth, callee);
                }
                if (seen[callee] == 0) {
                    seen[callee] = 1;
                    path[++depth] = callee;
                }
            }
        }
    }

    private GrammarException leftRecursion(String[] names, int[] path, int depth, int callee) {
        int from = depth;
        while (path[from] != callee) {
            from--;
        }
        StringBuilder circle = new StringBuilder();
        for (int i = from; i <= Math.min(depth, from + 8); i++) {
            circle.append(names[path[i]]).append(" -> ");
        }
        String rest = depth > from + 8 ? "... -> " : "";
        return new GrammarException(
                name,
                "the rule " + names[callee] + " begins with itself (" + circle + rest + names[callee]
                        + "), expected something in front of it; write a list as item (\",\" item)*");
    }

    /// Rules that may be entered from a place before any byte is taken.
    private int[] firstCalls(int place) {
        BitSet calls = new BitSet();
        BitSet seen = new BitSet();
        List<Integer> open = new ArrayList<>(List.of(place));
        while (!open.isEmpty()) {
            int at = open.removeLast();
            if (seen.get(at)) {
                continue;
            }
            seen.set(at);
            switch (steps[at]) {
                case Step.Take _, Step.Return _ -> {}
                case Step.Fork fork -> Arrays.stream(fork.targets()).forEach(open::add);
                case Step.Call call -> {
                    calls.set(call.rule());
                    if (mayBeEmpty(entries[call.rule()])) {
                        open.add(call.next());
                    }
                }
                case Step.Enter enter -> open.add(((Step.Loop) steps[enter.loop()]).body());
                case Step.Loop loop -> {
                    open.add(loop.body());
                    open.add(loop.next());
                }
            }
        }
        return calls.stream().toArray();
    }
}
