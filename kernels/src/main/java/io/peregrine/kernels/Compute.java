package io.peregrine.kernels;

import io.peregrine.kernels.internal.Simd;

/// What a kernel call runs on: worker threads, and scratch memory that is kept between calls.
///
/// Used by one thread at a time (a session has its own); several may share the same [Workers].
public final class Compute {

    private final Workers workers;
    private final boolean exact;

    /// @param workers threads, shared, not closed by this object
    /// @param exact keep f32 activations everywhere, without faster roundings
    public Compute(Workers workers, boolean exact) {
        this.workers = workers;
        this.exact = exact;
    }

    public Workers workers() {
        return workers;
    }

    public boolean exact() {
        return exact;
    }

    /// What the kernels of this process run on, in words: `vector 256-bit` or `scalar`.
    public static String describe() {
        return Simd.describe();
    }
}
