package io.peregrine.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// While it is open, Ctrl-C does not end the process at once: what runs hears of it and may clear away what is half
/// written. The process ends when this is closed, or after ten seconds.
final class ExitGuard implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 10;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook = new Thread(this::exiting);
    private volatile boolean stopped;

    ExitGuard() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /// Whether the process is to end.
    boolean stopped() {
        return stopped;
    }

    private void exiting() {
        stopped = true;
        try {
            boolean _ = ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        ended.countDown();
        if (!stopped) {
            try {
                boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The process began to end just now: the hook ends at once.
            }
        }
    }
}
