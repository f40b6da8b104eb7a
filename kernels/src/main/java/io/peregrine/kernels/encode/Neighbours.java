package io.peregrine.kernels.encode;

import io.peregrine.kernels.internal.Candidates;

/// Steps from a pair of numbers to the pairs around it, one for each candidate; the first one is no step.
final class Neighbours {

    /// Up to one.
    static final int[] FIRST = new int[Candidates.COUNT];

    /// Up to two.
    static final int[] SECOND = new int[Candidates.COUNT];

    static {
        int c = 1;
        for (int first = -1; first <= 1; first++) {
            for (int second = -2; second <= 2; second++) {
                if (first != 0 || second != 0) {
                    FIRST[c] = first;
                    SECOND[c++] = second;
                }
            }
        }
    }

    private Neighbours() {}
}
