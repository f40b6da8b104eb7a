package io.peregrine.core.memory;

import java.util.concurrent.atomic.AtomicBoolean;

/// A use of a model's memory: as long as a lease is open, the memory stays, even if its owner is closed
/// meanwhile.
///
/// Whoever took it closes it; closing twice does nothing. Safe for any thread.
public final class Lease implements AutoCloseable {

    private final ModelMemory memory;
    private final AtomicBoolean open = new AtomicBoolean(true);

    Lease(ModelMemory memory) {
        this.memory = memory;
    }

    /// Ends the use; the last one of a closed model frees its memory.
    @Override
    public void close() {
        if (open.getAndSet(false)) {
            memory.release();
        }
    }
}
