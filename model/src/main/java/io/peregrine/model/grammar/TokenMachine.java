package io.peregrine.model.grammar;

import io.peregrine.core.ResourceLimitException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One grammar over the tokens of one vocabulary: which tokens may follow a text. Safe for any thread; one at a time
/// is in it.
///
/// It works on bytes, so tokens may end within a character. States are sets of stacks, made when they are first
/// needed and remembered with where each byte leads from them, so that known texts cost an array look-up per byte.
/// Sets of allowed tokens are remembered by state, where numbers of repetitions that make no difference within one
/// token count as equal. What is remembered is bounded, and forgotten all at once when it gets too much.
final class TokenMachine {

    private static final int LIMIT_TOPS = 1024;
    private static final int LIMIT_WORK = 4_000_000;
    private static final int LIMIT_HEIGHT = 512;

    /// Bounds of what is remembered: array elements of states, and bytes of masks.
    private static final int LIMIT_WEIGHT = 2_000_000;

    private static final int LIMIT_MASK_BYTES = 4 << 20;

    private final Program program;
    private final TokenTrie trie;
    private final Costs costs;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Frame, Frame> frames = new HashMap<>();
    private final Map<State, State> states = new HashMap<>();
    private final Map<State, Mask> masks = new LinkedHashMap<>(16, 0.75f, true);
    private final State dead;
    private State start;
    private int weight;
    private int work;

    /// Room for walks over the tree: states by depth.
    private final State[] path;

    /// Tokens that may follow.
    ///
    /// @param tokens as a set of bits
    /// @param cost the largest cost to the end behind any of them
    private record Mask(long[] tokens, long cost) {}

    /// @throws ResourceLimitException if the shortest text of the grammar is nested too deeply
    TokenMachine(Program program, TokenTrie trie) {
        this.program = program;
        this.trie = trie;
        this.costs = Costs.of(program, new TokenJumps(program, trie));
        this.path = new State[trie.longest() + 1];
        this.dead = new State(List.of(), false, 0);
        this.start = first();
        if (start.isDead()) {
            throw new ResourceLimitException(
                    program.name() + ": the shortest text",
                    "more than " + LIMIT_HEIGHT + " rules within each other",
                    LIMIT_HEIGHT + " rules",
                    "write a grammar with fewer levels");
        }
    }

    String name() {
        return program.name();
    }

    boolean isEnd(int token) {
        return trie.isEnd(token);
    }

    /// The state of the empty text.
    State start() {
        lock.lock();
        try {
            return start;
        } finally {
            lock.unlock();
        }
    }

    private State first() {
        return new Closure().add(program.start(), null).state();
    }

    /// The state behind a token that is text; a dead one if the token is not allowed.
    State after(State state, int token) {
        lock.lock();
        try {
            work = 0;
            State at = state;
            for (int i = 0; i < trie.length(token) && !at.isDead(); i++) {
                at = after(at, trie.at(token, i));
            }
            return trie.length(token) == 0 ? dead : at;
        } finally {
            lock.unlock();
        }
    }

    private State after(State state, byte value) {
        int group = program.classOf(value);
        State known = state.next[group];
        if (known == null) {
            known = step(state, value & 0xFF);
            state.next[group] = known;
        }
        return known;
    }

    private State step(State state, int value) {
        Closure closure = new Closure();
        for (Frame top : state.tops()) {
            int target = ((Step.Take) program.step(top.place())).target(value);
            if (target >= 0) {
                closure.add(target, top.below());
            }
        }
        return closure.state();
    }

    /// The tokens that may come next, as a set of bits; those that end the answer are in it where the text may end.
    /// Not to be changed.
    ///
    /// @param left the largest cost that the text behind the token may have, at most [Costs#NEVER]
    long[] mask(State state, long left) {
        lock.lock();
        try {
            work = 0;
            Mask mask = mask(state.usual);
            return mask.cost <= left ? mask.tokens : fill(state, left).tokens;
        } finally {
            lock.unlock();
        }
    }

    private Mask mask(State usual) {
        Mask mask = masks.get(usual);
        if (mask == null) {
            mask = fill(usual, Costs.NEVER);
            masks.put(usual, mask);
            if (masks.size() > 1 && (long) masks.size() * trie.words() * Long.BYTES > LIMIT_MASK_BYTES) {
                masks.remove(masks.keySet().iterator().next());
            }
        }
        return mask;
    }

    /// Whether the costs behind some tokens may be larger.
    boolean isPressed(State state, long left) {
        lock.lock();
        try {
            work = 0;
            return mask(state.usual).cost > left;
        } finally {
            lock.unlock();
        }
    }

    /// Whether [#mask] would only look up what it knows.
    boolean knowsMask(State state, long left) {
        lock.lock();
        try {
            Mask mask = masks.get(state.usual);
            return mask != null && mask.cost <= left;
        } finally {
            lock.unlock();
        }
    }

    private Mask fill(State state, long left) {
        long[] allowed = new long[trie.words()];
        long most = 0;
        path[0] = state;
        int nodes = state.mayGoOn() ? trie.nodes() : 0;
        for (int node = 0; node < nodes; ) {
            int depth = trie.depths[node] & 0xFF;
            State at = after(path[depth - 1], trie.labels[node]);
            if (at.isDead()) {
                node = trie.skips[node];
                continue;
            }
            path[depth] = at;
            int end = trie.firsts[node + 1];
            int first = trie.firsts[node];
            if (first < end && at.cost() <= left) {
                most = Math.max(most, at.cost());
                for (int i = first; i < end; i++) {
                    int token = trie.tokens[i];
                    allowed[token >> 6] |= 1L << token;
                }
            }
            node++;
        }
        if (state.mayEnd()) {
            for (int i = 0; i < allowed.length; i++) {
                allowed[i] |= trie.ends()[i];
            }
        }
        return new Mask(allowed, most);
    }

    /// Collects stacks until their tops take bytes.
    private final class Closure {

        private final Set<Frame> seen = new HashSet<>();
        private final ArrayDeque<Frame> open = new ArrayDeque<>();
        private final List<Frame> tops = new ArrayList<>();
        private boolean end;

        /// Adds a place on a stack, and all places that it leads to.
        Closure add(int place, @Nullable Frame below) {
            push(place, below);
            while (!open.isEmpty()) {
                Frame top = open.removeLast();
                Frame rest = top.below();
                switch (program.step(top.place())) {
                    case Step.Take _ -> keep(top);
                    case Step.Fork fork -> {
                        for (int target : fork.targets()) {
                            push(target, rest);
                        }
                    }
                    case Step.Call call ->
                        push(
                                program.entry(call.rule()),
                                program.step(call.next()) instanceof Step.Return
                                        ? rest
                                        : frame(call.next(), Frame.NO_LOOP, rest));
                    case Step.Enter enter -> enter(enter.loop(), 0, rest);
                    case Step.Loop loop -> leave(top.place(), loop, rest);
                    case Step.Return _ -> {
                        if (rest == null) {
                            end = true;
                        } else {
                            push(rest.place(), rest.below());
                        }
                    }
                }
            }
            return this;
        }

        private void enter(int place, int count, @Nullable Frame below) {
            push(((Step.Loop) program.step(place)).body(), frame(place, count, below));
        }

        private void leave(int place, Step.Loop loop, @Nullable Frame frame) {
            if (frame == null) {
                throw new IllegalStateException("the end of a loop that was not entered");
            }
            int count = loop.next(frame.count());
            if (loop.mayRepeat(count)) {
                enter(place, count, frame.below());
            }
            if (loop.mayEnd(count)) {
                push(loop.next(), frame.below());
            }
        }

        private void push(int place, @Nullable Frame below) {
            Frame top = new Frame(program, costs, place, Frame.NO_LOOP, below);
            if (++work > LIMIT_WORK) {
                throw ambiguous("more than " + LIMIT_WORK + " steps", LIMIT_WORK + " steps");
            }
            if (top.reach() <= LIMIT_HEIGHT && seen.add(top)) {
                open.add(top);
            }
        }

        private void keep(Frame top) {
            if (tops.size() == LIMIT_TOPS) {
                throw ambiguous("more than " + LIMIT_TOPS, Integer.toString(LIMIT_TOPS));
            }
            tops.add(known(top));
        }

        private ResourceLimitException ambiguous(String asked, String limit) {
            return new ResourceLimitException(
                    program.name() + ": ways in which the text so far can be read",
                    asked,
                    limit,
                    "write the grammar so that what comes next tells its alternatives apart");
        }

        State state() {
            if (tops.isEmpty() && !end) {
                return dead;
            }
            return known(tops, end);
        }
    }

    private Frame frame(int place, int count, @Nullable Frame below) {
        return known(new Frame(program, costs, place, count, below));
    }

    /// The remembered frame that equals this one.
    private Frame known(Frame frame) {
        Frame known = frames.putIfAbsent(frame, frame);
        if (known != null) {
            return known;
        }
        weigh(16);
        Frame below = frame.below();
        int count = usual(frame);
        Frame usualBelow = below == null ? null : below.usual;
        if (count != frame.count() || usualBelow != below) {
            frame.usual = frame(frame.place(), count, usualBelow);
        }
        return frame;
    }

    /// The number of times that stands for all that make no difference within one token: each time takes a byte.
    private int usual(Frame frame) {
        int count = frame.count();
        if (count == Frame.NO_LOOP) {
            return count;
        }
        Step.Loop loop = (Step.Loop) program.step(frame.place());
        if (program.mayBeEmpty(loop.body())) {
            return count;
        }
        if (count < loop.min()) {
            return loop.min() - count > trie.longest() ? 0 : count;
        }
        return loop.max() != Expression.UNBOUNDED && loop.max() - count > trie.longest() ? loop.min() : count;
    }

    /// The remembered state with these stacks.
    private State known(List<Frame> tops, boolean end) {
        tops.sort((left, right) -> left.hashCode() != right.hashCode()
                ? Integer.compare(left.hashCode(), right.hashCode())
                : Integer.compare(left.place(), right.place()));
        State state = new State(tops, end, program.classCount());
        State known = states.putIfAbsent(state, state);
        if (known != null) {
            return known;
        }
        weigh(program.classCount() + 2 * tops.size() + 16);
        List<Frame> usual = new ArrayList<>();
        Set<Frame> seen = new HashSet<>();
        boolean same = true;
        for (Frame top : tops) {
            same &= top.usual == top;
            if (seen.add(top.usual)) {
                usual.add(top.usual);
            }
        }
        if (!same) {
            state.usual = known(usual, end);
        }
        return state;
    }

    /// Counts what is remembered, and forgets everything if it is too much; states in use stay valid.
    private void weigh(int more) {
        weight += more;
        if (weight > LIMIT_WEIGHT) {
            weight = 0;
            frames.clear();
            states.clear();
            masks.clear();
            start = first();
        }
    }
}
