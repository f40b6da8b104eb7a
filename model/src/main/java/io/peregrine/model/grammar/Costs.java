package io.peregrine.model.grammar;

import java.util.Arrays;
import java.util.PriorityQueue;

/// How little it takes to get from each place of a grammar to the end of its rule, and how many open rules that
/// needs at most. Immutable.
///
/// Shortest derivations of a context-free grammar, by Knuth's generalisation of Dijkstra's algorithm (Knuth 1977,
/// "A generalization of Dijkstra's algorithm").
final class Costs {

    /// The cost of what cannot be done.
    static final long NEVER = Long.MAX_VALUE / 4;

    private final long[] costs;
    private final int[] depths;

    private Costs(Program program, Jumps jumps) {
        this.costs = new long[program.size()];
        this.depths = new int[program.size()];
        Arrays.fill(costs, NEVER);
        new Search(program, jumps).run();
    }

    /// Ways from place to place, each at a cost of one.
    interface Jumps {

        /// Gives all of them.
        void each(Sink sink);

        /// Takes one.
        interface Sink {
            void jump(int from, int to);
        }
    }

    /// Costs counted in bytes.
    static Costs ofBytes(Program program) {
        return new Costs(program, sink -> {
            for (int place = 0; place < program.size(); place++) {
                if (program.step(place) instanceof Step.Take take) {
                    for (int target : take.targets()) {
                        sink.jump(place, target);
                    }
                }
            }
        });
    }

    /// Costs counted in jumps, in place of the bytes that places take.
    static Costs of(Program program, Jumps jumps) {
        return new Costs(program, jumps);
    }

    /// The least cost from a place to the end of its rule or of the body of its loop, or [#NEVER].
    long cost(int place) {
        return costs[place];
    }

    /// How many further rules and loops are open at once at most on the way of the least cost; one that ends with
    /// another does not count beside it.
    int depth(int place) {
        return depths[place];
    }

    /// `count` times `cost` and `more`, at most [#NEVER].
    static long sum(long count, long cost, long more) {
        if (count > 0 && cost >= NEVER / count) {
            return NEVER;
        }
        return Math.min(NEVER, count * cost + more);
    }

    private final class Search {

        /// A place whose cost may be this.
        private record Offer(long cost, int depth, int place) implements Comparable<Offer> {

            @Override
            public int compareTo(Offer other) {
                return cost != other.cost ? Long.compare(cost, other.cost) : Integer.compare(depth, other.depth);
            }
        }

        private final Program program;
        private final PriorityQueue<Offer> offers = new PriorityQueue<>();

        /// Edges by the place that they lead to: those to `to` are `[starts[to], starts[to + 1])`.
        private final int[] starts;

        private final int[] edges;

        /// Marks edges of jumps, which cost one.
        private static final int JUMP = 1 << 31;

        Search(Program program, Jumps jumps) {
            this.program = program;
            int[] counts = new int[program.size() + 1];
            each(jumps, (from, to) -> counts[to + 1]++);
            for (int i = 0; i < program.size(); i++) {
                counts[i + 1] += counts[i];
            }
            this.starts = counts;
            this.edges = new int[counts[program.size()]];
            int[] filled = counts.clone();
            each(jumps, (from, to) -> edges[filled[to]++] = from);
        }

        /// Gives every way on which a place depends on another one, those of jumps marked.
        private void each(Jumps jumps, Jumps.Sink sink) {
            jumps.each((from, to) -> sink.jump(from | JUMP, to));
            for (int place = 0; place < program.size(); place++) {
                switch (program.step(place)) {
                    case Step.Take _, Step.Return _, Step.Loop _ -> {}
                    case Step.Fork fork -> {
                        for (int target : fork.targets()) {
                            sink.jump(place, target);
                        }
                    }
                    case Step.Call call -> {
                        sink.jump(place, program.entry(call.rule()));
                        sink.jump(place, call.next());
                    }
                    case Step.Enter enter -> {
                        Step.Loop loop = (Step.Loop) program.step(enter.loop());
                        sink.jump(place, loop.body());
                        sink.jump(place, loop.next());
                    }
                }
            }
        }

        void run() {
            for (int place = 0; place < program.size(); place++) {
                if (program.step(place) instanceof Step.Return || program.step(place) instanceof Step.Loop) {
                    offers.add(new Offer(0, 0, place));
                }
            }
            while (!offers.isEmpty()) {
                Offer offer = offers.remove();
                if (costs[offer.place] != NEVER) {
                    continue;
                }
                costs[offer.place] = offer.cost;
                depths[offer.place] = offer.depth;
                for (int i = starts[offer.place]; i < starts[offer.place + 1]; i++) {
                    offer(edges[i], offer);
                }
            }
        }

        /// What a place that is now known means for one that depends on it.
        private void offer(int edge, Offer known) {
            int place = edge & ~JUMP;
            if (edge < 0) {
                add(place, known.cost + 1, known.depth);
                return;
            }
            switch (program.step(place)) {
                case Step.Call call -> {
                    int entry = program.entry(call.rule());
                    if (costs[entry] != NEVER && costs[call.next()] != NEVER) {
                        int own = program.step(call.next()) instanceof Step.Return ? 0 : 1;
                        add(
                                place,
                                sum(1, costs[entry], costs[call.next()]),
                                Math.max(depths[entry] + own, depths[call.next()]));
                    }
                }
                case Step.Enter enter -> {
                    Step.Loop loop = (Step.Loop) program.step(enter.loop());
                    if (costs[loop.body()] != NEVER && costs[loop.next()] != NEVER) {
                        add(
                                place,
                                sum(Math.max(1, loop.min()), costs[loop.body()], costs[loop.next()]),
                                Math.max(depths[loop.body()] + 1, depths[loop.next()]));
                    }
                }
                default -> add(place, known.cost, known.depth);
            }
        }

        private void add(int place, long cost, int depth) {
            if (cost < NEVER && costs[place] == NEVER) {
                offers.add(new Offer(cost, depth, place));
            }
        }
    }
}
