package io.peregrine.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/// Hears while it is open that the process is to end (SIGTERM, SIGINT), so that it can do so in order and with the exit
/// code 0. A second signal ends it at once.
final class StopSignal implements AutoCloseable {

    private static final int SIGNALLED = 128;

    private record Heard(String name, @Nullable Object before) {}

    private final CountDownLatch asked = new CountDownLatch(1);
    private final List<Heard> heard = new ArrayList<>();

    StopSignal() {
        listen("TERM", 15);
        listen("INT", 2);
    }

    private void listen(String name, int number) {
        heard.add(new Heard(name, Signals.register(name, () -> {
            if (asked.getCount() == 0) {
                Runtime.getRuntime().halt(SIGNALLED + number);
            }
            ask();
        })));
    }

    /// As a signal does.
    void ask() {
        asked.countDown();
    }

    /// Whether the process is to end.
    boolean isAsked() {
        return asked.getCount() == 0;
    }

    /// Waits until it is.
    void await() throws InterruptedException {
        asked.await();
    }

    /// Signals do what they did before.
    @Override
    public void close() {
        heard.forEach(one -> Signals.unregister(one.name(), one.before()));
    }
}
