package io.peregrine.model.grammar;

import io.peregrine.core.ResourceLimitException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Turns the rules of a grammar, which speak of characters, into steps, which take bytes of UTF-8.
///
/// An expression is compiled backwards: given the place behind it, it becomes the place where it begins. Loops
/// that need no count are forks; others keep their count on the stack of the machine, so that `{0,4096}` is as
/// small as `{0,2}`.
final class Compiler {

    private static final int LIMIT_STEPS = 1 << 19;

    private final String name;
    private final List<Step> steps = new ArrayList<>();

    private Compiler(String name) {
        this.name = name;
    }

    /// @throws ResourceLimitException if that gives too many steps
    /// @throws GrammarException as [Program] does
    static Program compile(String name, GbnfParser.Rules rules) {
        Compiler compiler = new Compiler(name);
        int[] entries = new int[rules.bodies().size()];
        int end = compiler.add(new Step.Return());
        for (int rule = 0; rule < entries.length; rule++) {
            entries[rule] = compiler.compile(rules.bodies().get(rule), end);
        }
        return new Program(
                name,
                compiler.steps.toArray(Step[]::new),
                entries,
                rules.root(),
                rules.names().toArray(String[]::new));
    }

    private int add(Step step) {
        if (steps.size() >= LIMIT_STEPS) {
            throw new ResourceLimitException(
                    name + ": the grammar",
                    "more than " + LIMIT_STEPS + " steps",
                    LIMIT_STEPS + " steps",
                    "write a shorter one");
        }
        steps.add(step);
        return steps.size() - 1;
    }

    private int fork(int... targets) {
        return add(new Step.Fork(targets));
    }

    private int compile(Expression expression, int next) {
        return switch (expression) {
            case Expression.Text text -> compile(text.bytes(), next);
            case Expression.OneOf one -> compile(one.characters(), next);
            case Expression.Reference reference -> add(new Step.Call(reference.rule(), next));
            case Expression.Sequence sequence -> {
                int start = next;
                for (Expression part : sequence.parts().reversed()) {
                    start = compile(part, start);
                }
                yield start;
            }
            case Expression.Choice choice -> {
                int[] targets = new int[choice.options().size()];
                for (int i = 0; i < targets.length; i++) {
                    targets[i] = compile(choice.options().get(i), next);
                }
                yield fork(targets);
            }
            case Expression.Repeat repeat -> compile(repeat, next);
        };
    }

    private int compile(byte[] text, int next) {
        int start = next;
        for (int i = text.length - 1; i >= 0; i--) {
            int value = text[i] & 0xFF;
            start = add(new Step.Take(new int[] {value}, new int[] {value}, new int[] {start}));
        }
        return start;
    }

    private int compile(Expression.Repeat repeat, int next) {
        if (repeat.max() == 0) {
            return next;
        }
        if (repeat.max() == 1) {
            int body = compile(repeat.body(), next);
            return repeat.min() == 1 ? body : fork(body, next);
        }
        if (repeat.max() == Expression.UNBOUNDED && repeat.min() <= 1) {
            int loop = fork();
            int body = compile(repeat.body(), loop);
            steps.set(loop, new Step.Fork(new int[] {body, next}));
            return repeat.min() == 1 ? body : loop;
        }
        int loop = fork();
        int body = compile(repeat.body(), loop);
        steps.set(loop, new Step.Loop(body, repeat.min(), repeat.max(), next));
        int enter = add(new Step.Enter(loop));
        return repeat.min() == 0 ? fork(enter, next) : enter;
    }

    /// A run of characters whose UTF-8 differs in every byte within one range: `from[i]..to[i]` at byte `i`.
    private record Bytes(int[] from, int[] to) {}

    private int compile(CharClass characters, int next) {
        List<Bytes> runs = new ArrayList<>();
        for (CharClass.Range range : characters.ranges()) {
            runs(range.from(), range.to(), runs);
        }
        return take(runs, 0, next, new HashMap<>());
    }

    /// A step that takes byte `at` of the runs, which begin alike. They are in ascending order, so that at each byte
    /// two of them either have the same one or are apart.
    ///
    /// @param known places by the rest of the runs, so that equal ends are compiled once
    private int take(List<Bytes> runs, int at, int next, Map<List<List<Integer>>, Integer> known) {
        List<int[]> cases = new ArrayList<>();
        int end;
        for (int i = 0; i < runs.size(); i = end) {
            Bytes run = runs.get(i);
            end = i + 1;
            while (end < runs.size() && runs.get(end).from[at] == run.from[at]) {
                end++;
            }
            int target = run.from.length == at + 1 ? next : rest(runs.subList(i, end), at + 1, next, known);
            int[] last = cases.isEmpty() ? new int[] {-1, -2, -1} : cases.getLast();
            if (last[2] == target && last[1] == run.from[at] - 1) {
                last[1] = run.to[at];
            } else {
                cases.add(new int[] {run.from[at], run.to[at], target});
            }
        }
        return add(new Step.Take(column(cases, 0), column(cases, 1), column(cases, 2)));
    }

    private int rest(List<Bytes> runs, int at, int next, Map<List<List<Integer>>, Integer> known) {
        List<List<Integer>> key = new ArrayList<>();
        for (Bytes run : runs) {
            List<Integer> bytes = new ArrayList<>();
            for (int i = at; i < run.from.length; i++) {
                bytes.add(run.from[i]);
                bytes.add(run.to[i]);
            }
            key.add(bytes);
        }
        Integer place = known.get(key);
        if (place == null) {
            place = take(runs, at, next, known);
            known.put(key, place);
        }
        return place;
    }

    private static int[] column(List<int[]> cases, int column) {
        return cases.stream().mapToInt(part -> part[column]).toArray();
    }

    /// Cuts a range of characters into runs.
    private static void runs(int from, int to, List<Bytes> runs) {
        for (int last : new int[] {0x7F, 0x7FF, 0xFFFF}) {
            if (from <= last && to > last) {
                runs(from, last, runs);
                runs(last + 1, to, runs);
                return;
            }
        }
        int width = width(from);
        for (int i = 1; i < width; i++) {
            int mask = (1 << 6 * i) - 1;
            if ((from & ~mask) != (to & ~mask)) {
                if ((from & mask) != 0) {
                    runs(from, from | mask, runs);
                    runs((from | mask) + 1, to, runs);
                    return;
                }
                if ((to & mask) != mask) {
                    runs(from, (to & ~mask) - 1, runs);
                    runs(to & ~mask, to, runs);
                    return;
                }
            }
        }
        runs.add(new Bytes(utf8(from, width), utf8(to, width)));
    }

    private static int width(int character) {
        return character <= 0x7F ? 1 : character <= 0x7FF ? 2 : character <= 0xFFFF ? 3 : 4;
    }

    private static int[] utf8(int character, int width) {
        if (width == 1) {
            return new int[] {character};
        }
        int[] bytes = new int[width];
        int rest = character;
        for (int i = width - 1; i > 0; i--) {
            bytes[i] = 0x80 | rest & 0x3F;
            rest >>= 6;
        }
        bytes[0] = 0xF00 >> width & 0xFF | rest;
        return bytes;
    }
}
