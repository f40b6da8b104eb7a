package io.peregrine.core.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory outside of the heap that holds no part of a file: what kernels lay out for themselves.
public final class NativeMemory {

    /// Segments begin at a multiple of this, a cache line.
    private static final long ALIGNMENT = 64;

    private NativeMemory() {}

    /// Zeroed memory for any thread, which is given back some time after it has become unreachable.
    public static MemorySegment scratch(long bytes) {
        return Arena.ofAuto().allocate(bytes, ALIGNMENT);
    }
}
