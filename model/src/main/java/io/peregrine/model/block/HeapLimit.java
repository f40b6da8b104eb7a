package io.peregrine.model.block;

import io.peregrine.core.ResourceLimitException;
import java.util.Locale;

/// How much of the Java heap a single thing may take: all but an eighth.
public final class HeapLimit {

    private HeapLimit() {}

    /// In bytes.
    public static long bytes() {
        long heap = Runtime.getRuntime().maxMemory();
        return heap - heap / 8;
    }

    /// In words: `512.0 MiB`.
    public static String text() {
        return mebibytes(bytes());
    }

    /// @param what the thing that takes them
    /// @param raise what to do about it
    /// @throws ResourceLimitException if that is more than the limit
    public static void check(String what, long bytes, String raise) {
        if (bytes > bytes()) {
            throw new ResourceLimitException(what, mebibytes(bytes), text() + " of the Java heap", raise);
        }
    }

    /// All of the heap, in words: `512.0 MiB of the Java heap`.
    public static String whole() {
        return mebibytes(Runtime.getRuntime().maxMemory()) + " of the Java heap";
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }
}
