package io.peregrine.model;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.kernels.Warmup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/// Has the kernels of a model compiled by a thread of its own, while the files are read.
///
/// The thread reads the first elements of some weights: the files stay open until [#close] has returned.
final class KernelWarmup implements AutoCloseable {

    private final Thread thread;

    private KernelWarmup(List<Tensor> tensors) {
        thread = new Thread(() -> warm(tensors), "peregrine-warmup");
        thread.setDaemon(true);
    }

    private static void warm(List<Tensor> tensors) {
        try {
            Warmup.run(tensors);
        } catch (InternalError e) {
            // A mapped file was cut short meanwhile: whoever reads it next says so, in words and with its name.
        }
    }

    static KernelWarmup start(List<GgufFile> files) {
        List<Tensor> tensors = new ArrayList<>();
        files.forEach(file -> tensors.addAll(file.tensors().values()));
        KernelWarmup warmup = new KernelWarmup(tensors);
        warmup.thread.start();
        return warmup;
    }

    /// Waits until the kernels are compiled.
    ///
    /// @throws CancellationException if this thread is interrupted
    void await() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while kernels were compiled");
        }
    }

    /// Ends the thread, whether or not it has finished.
    @Override
    public void close() {
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
