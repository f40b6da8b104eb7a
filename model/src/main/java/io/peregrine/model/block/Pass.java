package io.peregrine.model.block;

import io.peregrine.kernels.Compute;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a computation carries with it through the layers: threads, scratch rows, the sink for named
/// intermediates, and the wish to stop.
///
/// One per session; used by one thread at a time. Once its scratch rows have grown, layers allocate nothing.
public final class Pass {

    /// Layers that share an input at most: query, key and value.
    private static final int MOST_JOINT = 3;

    private final Compute compute;
    private final BooleanSupplier cancelled;
    private final Map<String, Rows> scratch = new HashMap<>();
    private final Map<Object, Object> kept = new IdentityHashMap<>();
    private final @Nullable JointProduct[] joint = new @Nullable JointProduct[MOST_JOINT + 1];
    private Trace trace = Trace.NONE;
    private Progress progress = Progress.NONE;

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

    public void reportTo(Progress listener) {
        progress = listener;
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

    /// What `owner` keeps in this pass from call to call, made at the first one.
    public <T> T keep(Object owner, Class<T> type, Supplier<T> first) {
        return type.cast(kept.computeIfAbsent(owner, key -> first.get()));
    }

    /// For `layers` layers that share the input `x`.
    public JointProduct joint(int layers, Rows x) {
        JointProduct found = joint[layers];
        if (found == null) {
            found = new JointProduct(layers);
            joint[layers] = found;
        }
        return found.begin(x);
    }

    /// To be called between layers.
    ///
    /// @throws CancellationException if the computation is no longer wanted; its results are then incomplete
    public void checkCancelled() {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("cancelled");
        }
    }

    /// As [#checkCancelled], and says how far a long computation is.
    public void step(int done, int total) {
        checkCancelled();
        progress.at(done, total);
    }

    /// Hears how far a long computation is.
    @FunctionalInterface
    public interface Progress {

        Progress NONE = (done, total) -> {};

        void at(int done, int total);
    }
}
