package io.peregrine.cli.serve.picture;

import java.util.concurrent.atomic.AtomicLong;

/// The heap that decoded pictures of all requests may take: a picture of some kilobytes can have 64 megapixels, and
/// requests that wait hold theirs. Safe for any thread.
final class PictureMemory {

    private static final int SAMPLES = 3;

    private final AtomicLong free;

    PictureMemory(long bytes) {
        free = new AtomicLong(bytes);
    }

    static long bytes(long pixels) {
        return SAMPLES * pixels;
    }

    /// @return false if there is less left
    boolean take(long bytes) {
        return free.getAndUpdate(left -> left >= bytes ? left - bytes : left) >= bytes;
    }

    void give(long bytes) {
        free.addAndGet(bytes);
    }
}
