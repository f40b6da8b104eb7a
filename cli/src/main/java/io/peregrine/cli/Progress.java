package io.peregrine.cli;

import java.io.PrintStream;

/// One line on the terminal about something that takes long: shown after a second, wiped when it ends, and never
/// written where messages do not go to a terminal. May be updated from any thread.
final class Progress implements AutoCloseable {

    private static final long QUIET_NANOS = 1_000_000_000L;
    private static final long ESTIMATE_NANOS = 3_000_000_000L;
    private static final long STEP_NANOS = 100_000_000L;
    private static final int BAR = 24;

    private final PrintStream err;
    private final boolean shown;
    private final String what;
    private final long start = System.nanoTime();
    private long last = start;
    private boolean written;

    private Progress(PrintStream err, boolean shown, String what) {
        this.err = err;
        this.shown = shown;
        this.what = what;
    }

    /// @param what the activity, such as `loading model.gguf`
    static Progress of(String what) {
        return new Progress(System.err, Console.messagesAreSeen(), what);
    }

    /// @param fraction done, 0 to 1
    synchronized void update(double fraction) {
        long now = System.nanoTime();
        if (!shown || now - start < QUIET_NANOS || now - last < STEP_NANOS) {
            return;
        }
        last = now;
        written = true;
        int full = (int) Math.round(Math.clamp(fraction, 0, 1) * BAR);
        err.print("\r" + what + " [" + "#".repeat(full) + ".".repeat(BAR - full) + "] " + Math.round(100 * fraction) + " %"
                + left(now - start, fraction) + "\u001b[K");
        err.flush();
    }

    /// How long the rest takes if it goes on like this; empty before that can be told.
    static String left(long nanos, double fraction) {
        if (nanos < ESTIMATE_NANOS || fraction < 0.01 || fraction >= 1) {
            return "";
        }
        long seconds = Math.round(nanos * 1e-9 * (1 - fraction) / fraction);
        return seconds < 60 ? ", " + seconds + " s left" : ", " + seconds / 60 + " min " + seconds % 60 + " s left";
    }

    /// Makes room for another message; the next update writes the line again.
    synchronized void wipe() {
        if (written) {
            err.print("\r\u001b[K");
            err.flush();
            written = false;
        }
    }

    /// Wipes the line.
    @Override
    public void close() {
        wipe();
    }
}
