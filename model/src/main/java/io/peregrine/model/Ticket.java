package io.peregrine.model;

import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// A request that a [Scheduler] has taken. Safe for any thread.
public final class Ticket {

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean cancelled;
    private volatile Runnable onCancel = () -> {};

    // Published by the latch.
    private @Nullable GenerateResult result;
    private @Nullable Throwable failure;

    Ticket() {}

    /// @param action runs each time that somebody cancels
    void onCancel(Runnable action) {
        onCancel = action;
    }

    /// Waits for the answer. An interrupt of the waiting thread cancels the request, and stays set.
    ///
    /// @return the answer; if the request was cancelled, what there was of it ([FinishReason#CANCELLED])
    /// @throws io.peregrine.core.ModelFormatException if the weights give infinite or undefined numbers
    /// @throws io.peregrine.core.ModelFileException if a file of the model was changed since it was loaded
    /// @throws io.peregrine.core.ResourceLimitException if the memory did not suffice
    /// @throws ClosedException if the model or the scheduler was closed before the answer was complete
    /// @throws RuntimeException that the listener has thrown
    public GenerateResult await() {
        settle();
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        if (result == null) {
            throw new IllegalStateException("an ended request has neither a result nor an exception", failure);
        }
        return result;
    }

    /// Waits until it has ended, however.
    void settle() {
        boolean interrupted = false;
        while (true) {
            try {
                ended.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                cancel();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Ends the request, within a step of the decoder or a layer of the vision tower, or at once if it still waits.
    /// Does nothing if it has ended.
    public void cancel() {
        cancelled = true;
        onCancel.run();
    }

    /// Whether [#await] returns at once.
    public boolean isDone() {
        return ended.getCount() == 0;
    }

    boolean isCancelled() {
        return cancelled;
    }

    void complete(GenerateResult answer) {
        result = answer;
        ended.countDown();
    }

    void fail(Throwable thrown) {
        failure = thrown;
        ended.countDown();
    }
}
