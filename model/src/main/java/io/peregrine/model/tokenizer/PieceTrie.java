package io.peregrine.model.tokenizer;

import java.util.Arrays;

/// The texts of pieces as a tree of bytes: finds all pieces that begin at a place of a text in one walk.
///
/// Nodes are numbered level by level, so that the children of a node are neighbours, in the order of their
/// bytes: a node takes nine bytes. Immutable.
final class PieceTrie {

    static final int ROOT = 0;
    static final int NONE = -1;

    /// The first child of each node; its last one is before the first child of the next node.
    private final int[] first;

    /// The byte that leads to each node.
    private final byte[] labels;

    /// The piece that ends at each node, or [#NONE].
    private final int[] pieces;

    private PieceTrie(int nodes) {
        this.first = new int[nodes + 1];
        this.labels = new byte[nodes];
        this.pieces = new int[nodes];
        Arrays.fill(pieces, NONE);
    }

    /// @param texts of the pieces, all different and none empty; a piece is its index
    static PieceTrie of(byte[][] texts) {
        Integer[] order = new Integer[texts.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Arrays.compareUnsigned(texts[a], texts[b]));
        int nodes = 1;
        for (int i = 0; i < order.length; i++) {
            byte[] text = texts[order[i]];
            int shared = i == 0 ? 0 : Arrays.mismatch(texts[order[i - 1]], text);
            nodes = Math.addExact(nodes, text.length - shared);
        }
        PieceTrie trie = new PieceTrie(nodes);
        trie.fill(texts, order);
        return trie;
    }

    /// Every node stands for the texts `order[from, to)`, which share the bytes that lead to it.
    private void fill(byte[][] texts, Integer[] order) {
        int[] from = new int[pieces.length];
        int[] to = new int[pieces.length];
        to[ROOT] = order.length;
        int next = 1;
        int levelEnd = 1;
        int depth = 0;
        for (int node = 0; node < pieces.length; node++) {
            if (node == levelEnd) {
                levelEnd = next;
                depth++;
            }
            first[node] = next;
            int at = from[node];
            if (at < to[node] && texts[order[at]].length == depth) {
                pieces[node] = order[at++];
            }
            while (at < to[node]) {
                byte label = texts[order[at]][depth];
                labels[next] = label;
                from[next] = at;
                while (at < to[node] && texts[order[at]][depth] == label) {
                    at++;
                }
                to[next++] = at;
            }
        }
        first[pieces.length] = next;
    }

    /// The node behind `node` and a byte, or [#NONE].
    int child(int node, byte label) {
        int low = first[node];
        int high = first[node + 1];
        while (low < high) {
            int middle = low + high >>> 1;
            int order = Byte.compareUnsigned(labels[middle], label);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return NONE;
    }

    /// The piece whose text leads to a node, or [#NONE].
    int piece(int node) {
        return pieces[node];
    }
}
