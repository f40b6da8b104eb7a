package io.peregrine.model.grammar;

/// Ways through a grammar that tokens of a vocabulary take: single bytes, and longer texts where the grammar says
/// byte after byte which one comes.
///
/// @param program the grammar
/// @param trie the vocabulary
record TokenJumps(Program program, TokenTrie trie) implements Costs.Jumps {

    @Override
    public void each(Sink sink) {
        for (int place = 0; place < program.size(); place++) {
            if (program.step(place) instanceof Step.Take take) {
                for (int i = 0; i < take.targets().length; i++) {
                    if (anySingle(take.from()[i], take.to()[i])) {
                        sink.jump(place, take.targets()[i]);
                    }
                }
                longer(place, sink);
            }
        }
    }

    private boolean anySingle(int from, int to) {
        for (int value = from; value <= to; value++) {
            int node = trie.child(TokenTrie.ROOT, value);
            if (node >= 0 && trie.hasToken(node)) {
                return true;
            }
        }
        return false;
    }

    /// Jumps over more than one byte of a fixed text.
    private void longer(int start, Sink sink) {
        int node = TokenTrie.ROOT;
        int place = start;
        int length = 0;
        while (program.step(place) instanceof Step.Take take && isFixed(take)) {
            node = trie.child(node, take.from()[0]);
            if (node < 0) {
                return;
            }
            place = take.targets()[0];
            length++;
            if (length > 1 && trie.hasToken(node)) {
                sink.jump(start, place);
            }
        }
    }

    private static boolean isFixed(Step.Take take) {
        return take.from().length == 1 && take.from()[0] == take.to()[0];
    }
}
