package io.peregrine.model;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.memory.LoadListener;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.Pass;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// What stands under a loaded model: its files, the threads that compute with them, and the calls that run on
/// both. Safe for any thread. Closed by the model; what it holds goes when the last call has ended.
final class LoadedFiles {

    private final List<GgufFile> files;
    private final Workers workers;
    private final Uses uses;
    private final long weights;

    /// @param files the model's own first; closed with this
    /// @param threads that compute; 0 for one per physical core
    LoadedFiles(List<GgufFile> files, int threads) {
        this.files = List.copyOf(files);
        this.workers = new Workers(threads == 0 ? CpuCores.count() : threads);
        this.weights = files.stream()
                .flatMap(file -> file.tensors().values().stream())
                .mapToLong(tensor -> tensor.shape().elements())
                .sum();
        this.uses = new Uses(name(), this::release);
    }

    /// Reads the weights ahead, and has the kernels compiled meanwhile.
    ///
    /// @throws CancellationException if the listener or an interrupt stopped it
    void ready(LoadListener listener) {
        try (KernelWarmup warmup = KernelWarmup.start(files)) {
            files.forEach(file -> file.prefault(listener));
            warmup.await();
        }
    }

    private void release() {
        workers.close();
        files.forEach(GgufFile::close);
    }

    /// Closing twice does nothing.
    void close() {
        uses.close();
    }

    /// The model's name for messages.
    String name() {
        return files.getFirst().path().toString();
    }

    Uses uses() {
        return uses;
    }

    int threads() {
        return workers.threads();
    }

    /// @param exact keep f32 activations everywhere, without faster roundings
    /// @param cancelled asked between layers
    Pass newPass(boolean exact, BooleanSupplier cancelled) {
        return new Pass(Compute.of(workers, exact, weights), cancelled);
    }

    /// Runs a call: weights and threads stay until it ends. Makes sure before that the files are as they were, and
    /// says so if it is a change of theirs that made the call fail.
    ///
    /// @throws ClosedException if the model is closed, before or meanwhile
    /// @throws ResourceLimitException if the JVM ran out of memory: whoever called lets go of what it holds, and the
    ///     model goes on
    <T> T call(Supplier<T> body) {
        try (Uses.Use _ = uses.begin()) {
            checkUnchanged();
            return body.get();
        } catch (CancellationException e) {
            uses.check();
            throw e;
        } catch (InternalError e) {
            // What the JVM throws when a mapped file has become shorter.
            checkUnchanged();
            throw e;
        } catch (OutOfMemoryError e) {
            throw outOfMemory(e);
        }
    }

    /// What made something be thrown: the change of a file, if that can be it; else what was thrown.
    Throwable explained(Throwable thrown) {
        if (thrown instanceof InternalError) {
            try {
                checkUnchanged();
            } catch (PeregrineException e) {
                return e;
            }
        }
        return thrown;
    }

    private ResourceLimitException outOfMemory(OutOfMemoryError e) {
        ResourceLimitException limit = new ResourceLimitException(
                name() + ": memory for a request",
                "more than is free beside everything else",
                HeapLimit.whole(),
                "ask for less at a time (shorter prompts, smaller or fewer pictures, fewer sessions), or give the JVM"
                        + " more memory with -Xmx");
        limit.initCause(e);
        return limit;
    }

    private void checkUnchanged() {
        files.forEach(GgufFile::checkUnchanged);
    }
}
