package io.peregrine.model;

/// Counts the calls that run on something, so that closing it ends them first: what it holds is given back by
/// `close`, or by the last call that still ran. Safe for any thread.
final class Uses {

    private final String what;
    private final Runnable release;
    private int running;
    private volatile boolean closed;

    /// @param what is closed, for messages
    /// @param release gives back what it holds; runs once
    Uses(String what, Runnable release) {
        this.what = what;
        this.release = release;
    }

    /// A running call; to be closed once.
    interface Use extends AutoCloseable {
        @Override
        void close();
    }

    /// @throws ClosedException if it is closed
    synchronized Use begin() {
        check();
        running++;
        return this::end;
    }

    private void end() {
        boolean last;
        synchronized (this) {
            running--;
            last = closed && running == 0;
        }
        if (last) {
            release.run();
        }
    }

    /// Closing twice does nothing.
    void close() {
        boolean last;
        synchronized (this) {
            last = !closed && running == 0;
            closed = true;
        }
        if (last) {
            release.run();
        }
    }

    boolean isClosed() {
        return closed;
    }

    /// @throws ClosedException if it is closed
    void check() {
        if (closed) {
            throw new ClosedException(what, "load it again");
        }
    }
}
