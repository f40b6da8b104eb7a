package io.peregrine.model.block;

import io.peregrine.kernels.Compute;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/// What a computation carries with it through the layers: threads, scratch rows, the sink for named intermediates,
/// and the wish to stop.
///
/// One per session; used by one thread at a time. Once its scratch rows have grown, layers allocate nothing.
public final class Pass {

    private final Compute compute;
    private final BooleanSupplier cancelled;
    private final Map<String, Rows> scratch = new HashMap<>();
    private Trace trace = Trace.NONE;

    /// @param cancelled asked between layers, from the computing thread
    public Pass(Compute compute, BooleanSupplier cancelled) {
        this.compute = compute;
        this.cancelled = cancelled;
    }

    public Compute compute() {
        return compute;
    }

    public Trace trace() {
        return trace;
    }

    public void traceTo(Trace sink) {
        trace = sink;
    }

    /// Scratch rows that belong to a name until the next call with that name; their content is undefined.
    public Rows rows(String name, int rows, int width) {
        Rows found = scratch.get(name);
        if (found == null) {
            found = new Rows();
            scratch.put(name, found);
        }
        return found.shape(rows, width);
    }

    /// To be called between layers.
    ///
    /// @throws CancellationException if the computation is no longer wanted; its results are then incomplete
    public void checkCancelled() {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("cancelled");
        }
    }
}
