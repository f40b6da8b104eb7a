package io.peregrine.cli.serve;

import java.util.concurrent.atomic.AtomicIntegerArray;

/// Bounds the requests of each key that are answered or wait at a time, so that one client leaves room for the others.
/// Safe for any thread.
final class KeyShares {

    private static final int LATER_SECONDS = 1;

    private final int most;
    private final AtomicIntegerArray busy;

    /// @param keys their number
    /// @param most requests of each
    KeyShares(int keys, int most) {
        this.most = most;
        this.busy = new AtomicIntegerArray(keys);
    }

    /// A handler that answers 429 while a key has as many requests as it may.
    Handler bounded(int key, Handler handler) {
        return exchange -> {
            try {
                if (busy.incrementAndGet(key) > most) {
                    throw ApiException.refused(
                                    429,
                                    "rate_limit_exceeded",
                                    "this API key has " + most + " requests under way, which is the most; try again"
                                            + " when one of them has ended")
                            .withHeader("retry-after", Integer.toString(LATER_SECONDS));
                }
                handler.handle(exchange);
            } finally {
                busy.decrementAndGet(key);
            }
        };
    }
}
