package io.peregrine.kernels.internal;

import io.peregrine.core.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Packed activations: panels `[panels, depth, tokens of a panel]` that tiles read over and over.
///
/// They are an array, or native memory that begins at a cache line. Arrays begin 16 bytes behind one or anywhere else,
/// and a vector of 512 bits that does not begin at a line needs two of them: tiles took a quarter more time.
///
/// Native memory is given back when the object is no longer in use. Written by several threads in different places,
/// then read by all.
public final class TokenPanels {

    private final boolean aligned;

    /// Empty, unless this is an array.
    public float[] floats = {};

    /// Empty, unless this is native memory.
    public MemorySegment memory = MemorySegment.NULL;

    /// @param aligned whether it is native memory
    public TokenPanels(boolean aligned) {
        this.aligned = aligned;
    }

    /// Makes room for `length` elements; what was there is lost.
    public void prepare(int length) {
        if (!aligned) {
            if (floats.length < length) {
                floats = new float[length];
            }
        } else if (memory.byteSize() < (long) length * Float.BYTES) {
            memory = NativeMemory.scratch((long) length * Float.BYTES);
        }
    }

    /// Writes `length` elements of `from` to element `at`.
    public void write(float[] from, int length, int at) {
        if (aligned) {
            MemorySegment.copy(from, 0, memory, ValueLayout.JAVA_FLOAT, (long) at * Float.BYTES, length);
        } else {
            System.arraycopy(from, 0, floats, at, length);
        }
    }
}
