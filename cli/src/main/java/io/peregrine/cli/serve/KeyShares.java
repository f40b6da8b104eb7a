package io.peregrine.cli.serve;

import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/// Bounds the requests of each key that are answered or wait at a time, so that one client leaves room for the others.
/// Safe for any thread.
final class KeyShares {

    private static final int LATER_SECONDS = 1;

    private final int most;
    private final List<Semaphore> places;

    /// @param keys their number
    /// @param most requests of each
    KeyShares(int keys, int most) {
        this.most = most;
        this.places = Stream.generate(() -> new Semaphore(most)).limit(keys).toList();
    }

    /// A handler that answers 429 while a key has as many requests as it may.
    Handler bounded(int key, Handler handler) {
        Semaphore place = places.get(key);
        return exchange -> {
            if (!place.tryAcquire()) {
                throw ApiException.refused(
                                429,
                                "rate_limit_exceeded",
                                "this API key has " + most + " requests under way, which is the most; try again when"
                                        + " one of them has ended")
                        .withHeader("retry-after", Integer.toString(LATER_SECONDS));
            }
            try {
                handler.handle(exchange);
            } finally {
                place.release();
            }
        };
    }
}
