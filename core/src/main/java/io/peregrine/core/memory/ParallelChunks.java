package io.peregrine.core.memory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// Work over chunks of weights on a few threads of its own, while the caller's thread reports progress.
///
/// Ends when every thread has ended: by finishing, by the first error, by a listener that says stop, or by an
/// interrupt of the caller.
final class ParallelChunks {

    /// A piece of work.
    interface Chunk {
        /// Bytes it stands for in the progress.
        long sizeBytes();

        void run();
    }

    private static final int THREADS = 8;
    private static final long REPORT_MILLIS = 100;

    private final Path name;
    private final List<? extends Chunk> chunks;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLong done = new AtomicLong();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean stop;

    private ParallelChunks(Path name, List<? extends Chunk> chunks) {
        this.name = name;
        this.chunks = chunks;
    }

    /// @param name the file, for messages
    /// @throws java.util.concurrent.CancellationException if the listener or an interrupt stopped it
    static void run(Path name, List<? extends Chunk> chunks, LoadListener listener) {
        new ParallelChunks(name, chunks).run(listener);
    }

    private void run(LoadListener listener) {
        long total = 0;
        for (Chunk chunk : chunks) {
            total += chunk.sizeBytes();
        }
        int threads =
                Math.min(chunks.size(), Math.min(THREADS, Runtime.getRuntime().availableProcessors()));
        CountDownLatch running = new CountDownLatch(threads);
        List<Thread> started = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            started.add(Thread.ofPlatform().daemon().name("peregrine-load-" + i).start(() -> {
                try {
                    work();
                } finally {
                    running.countDown();
                }
            }));
        }
        boolean interrupted = false;
        boolean cancelled = false;
        try {
            while (!running.await(REPORT_MILLIS, TimeUnit.MILLISECONDS)) {
                if (!listener.loaded(done.get(), total)) {
                    cancelled = true;
                    break;
                }
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            stop = true;
            interrupted |= join(started);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
            throw ModelFile.cancelled(name);
        }
        switch (failure.get()) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> {}
        }
        if (cancelled || !listener.loaded(total, total)) {
            throw ModelFile.cancelled(name);
        }
    }

    private void work() {
        try {
            int index = next.getAndIncrement();
            while (!stop && index < chunks.size()) {
                Chunk chunk = chunks.get(index);
                chunk.run();
                done.addAndGet(chunk.sizeBytes());
                index = next.getAndIncrement();
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
            stop = true;
        }
    }

    /// Waits for all, since none may touch the memory once the caller goes on; says whether it was
    /// interrupted.
    private static boolean join(List<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        return interrupted;
    }
}
