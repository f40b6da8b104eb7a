package io.peregrine.core.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory outside of the heap that holds no part of a file: what kernels lay out for themselves.
///
/// Safe for any thread. Whoever makes it closes it, when nobody uses its segments any more.
public final class NativeMemory implements AutoCloseable {

    /// Segments begin at a multiple of this, a cache line.
    private static final long ALIGNMENT = 64;

    private final Arena arena = Arena.ofShared();

    /// Zeroed memory until [#close].
    public MemorySegment allocate(long bytes) {
        return arena.allocate(bytes, ALIGNMENT);
    }

    /// Zeroed memory that is given back some time after it has become unreachable.
    public static MemorySegment scratch(long bytes) {
        return Arena.ofAuto().allocate(bytes, ALIGNMENT);
    }

    @Override
    public void close() {
        arena.close();
    }
}
