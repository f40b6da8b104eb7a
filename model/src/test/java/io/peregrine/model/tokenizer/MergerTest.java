package io.peregrine.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The merging loop against one that looks through the whole row for the best pair each time.
class MergerTest {

    private static final int TOKENS = 6;

    @Test
    void run_randomPairs_asTheNaiveLoop() {
        Random random = new Random(5);
        Merger merger = new Merger();
        for (int round = 0; round < 5000; round++) {
            long[] table = table(random);
            Merger.Pairs pairs = (left, right) -> table[merger.token(left) * TOKENS + merger.token(right)];
            List<Integer> row = new ArrayList<>();
            merger.clear();
            for (int length = random.nextInt(200); length > 0; length--) {
                int token = random.nextInt(TOKENS);
                row.add(token);
                merger.add(token);
            }
            merger.run(pairs);
            List<Integer> merged = new ArrayList<>();
            for (int i = 0; i < merger.size(); i = merger.next(i)) {
                merged.add(merger.token(i));
            }
            assertEquals(naive(table, row), merged);
        }
    }

    /// Some pairs join, several with equal and with negative priorities.
    private static long[] table(Random random) {
        long[] table = new long[TOKENS * TOKENS];
        for (int i = 0; i < table.length; i++) {
            table[i] = random.nextInt(3) == 0
                    ? Merger.Pairs.pair(random.nextInt(-3, 4), random.nextInt(TOKENS))
                    : Merger.Pairs.NONE;
        }
        return table;
    }

    private static List<Integer> naive(long[] table, List<Integer> row) {
        List<Integer> symbols = new ArrayList<>(row);
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                long pair = table[symbols.get(i) * TOKENS + symbols.get(i + 1)];
                if (pair != Merger.Pairs.NONE && (best < 0 || (int) (pair >> 32) < priority(table, symbols, best))) {
                    best = i;
                }
            }
            if (best < 0) {
                return symbols;
            }
            symbols.set(best, (int) table[symbols.get(best) * TOKENS + symbols.get(best + 1)]);
            symbols.remove(best + 1);
        }
    }

    private static int priority(long[] table, List<Integer> symbols, int at) {
        return (int) (table[symbols.get(at) * TOKENS + symbols.get(at + 1)] >> 32);
    }
}
