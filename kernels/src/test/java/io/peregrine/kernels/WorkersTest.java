package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkersTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 16})
    void run_everyTaskOnce_withAnExistingWorker(int threads) {
        try (Workers workers = new Workers(threads)) {
            assertEquals(threads, workers.threads());
            for (int count = 0; count < 200; count++) {
                AtomicIntegerArray runs = new AtomicIntegerArray(count);
                workers.run(count, (index, worker) -> {
                    assertTrue(worker >= 0 && worker < threads);
                    runs.incrementAndGet(index);
                });
                for (int i = 0; i < count; i++) {
                    assertEquals(1, runs.get(i));
                }
            }
        }
    }

    /// Each worker may use scratch memory of its own without any lock, also from call to call.
    @Test
    void run_manyShortCalls_resultsAreVisible() {
        try (Workers workers = new Workers(4)) {
            int[] plain = new int[37];
            for (int call = 1; call <= 20_000; call++) {
                workers.run(plain.length, (index, worker) -> plain[index]++);
            }
            for (int value : plain) {
                assertEquals(20_000, value);
            }
        }
    }

    @Test
    void run_helpersSleeping_areWoken() throws InterruptedException {
        try (Workers workers = new Workers(2)) {
            for (int i = 0; i < 20; i++) {
                TimeUnit.MILLISECONDS.sleep(5);
                CountDownLatch both = new CountDownLatch(2);
                workers.run(2, (index, worker) -> {
                    both.countDown();
                    await(both);
                });
            }
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void run_taskThrows_callerGetsItAndWorkersSurvive(int threads) {
        try (Workers workers = new Workers(threads)) {
            for (int i = 0; i < 300; i++) {
                int bad = i % 7;
                IllegalStateException thrown = new IllegalStateException("task " + bad);
                AtomicInteger running = new AtomicInteger();
                assertSame(
                        thrown,
                        assertThrows(
                                IllegalStateException.class,
                                () -> workers.run(7, (index, worker) -> {
                                    running.incrementAndGet();
                                    try {
                                        if (index == bad) {
                                            throw thrown;
                                        }
                                    } finally {
                                        running.decrementAndGet();
                                    }
                                })));
                assertEquals(0, running.get());
                AtomicInteger sum = new AtomicInteger();
                workers.run(10, (index, worker) -> sum.addAndGet(index));
                assertEquals(45, sum.get());
            }
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void run_errorOfATask_isThrownAsItIs() {
        try (Workers workers = new Workers(2)) {
            StackOverflowError error = new StackOverflowError();
            assertSame(
                    error,
                    assertThrows(StackOverflowError.class, () -> workers.run(4, (index, worker) -> {
                        throw error;
                    })));
        }
    }

    @Test
    void run_insideATask_runsOnTheSameWorker() {
        try (Workers workers = new Workers(3)) {
            AtomicInteger inner = new AtomicInteger();
            workers.run(50, (outerIndex, outerWorker) -> workers.run(4, (index, worker) -> {
                assertEquals(outerWorker, worker);
                inner.incrementAndGet();
            }));
            assertEquals(200, inner.get());
        }
    }

    @Test
    void run_fromSeveralThreads_allAreServed() throws InterruptedException {
        try (Workers workers = new Workers(3)) {
            List<Thread> callers = new ArrayList<>();
            AtomicInteger wrong = new AtomicInteger();
            for (int c = 0; c < 4; c++) {
                callers.add(Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < 2000; i++) {
                        AtomicInteger sum = new AtomicInteger();
                        workers.run(9, (index, worker) -> sum.addAndGet(index + 1));
                        if (sum.get() != 45) {
                            wrong.incrementAndGet();
                        }
                    }
                }));
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertEquals(0, wrong.get());
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void run_interruptedCaller_finishesAndStaysInterrupted() {
        try (Workers workers = new Workers(2)) {
            Thread.currentThread().interrupt();
            AtomicInteger sum = new AtomicInteger();
            workers.run(20, (index, worker) -> {
                sleep(1);
                sum.incrementAndGet();
            });
            assertEquals(20, sum.get());
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void close_endsTheThreads_andRunRefuses() {
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        Workers workers = new Workers(4);
        while (seen.size() < 4) {
            workers.run(16, (index, worker) -> {
                seen.add(Thread.currentThread());
                sleep(1);
            });
        }
        seen.remove(Thread.currentThread());
        for (Thread thread : seen) {
            assertTrue(thread.isDaemon());
            assertTrue(thread.getName().matches("peregrine-worker-[123]"), thread.getName());
        }
        workers.close();
        workers.close();
        for (Thread thread : seen) {
            assertFalse(thread.isAlive());
        }
        assertEquals(
                "the workers are closed",
                assertThrows(IllegalStateException.class, () -> workers.run(3, (index, worker) -> {}))
                        .getMessage());
    }

    @Test
    void noThreads_isRefused() {
        assertEquals(
                "workers need at least 1 thread, not 0",
                assertThrows(IllegalArgumentException.class, () -> new Workers(0)).getMessage());
    }

    @Test
    void run_warm_allocatesNothing() {
        try (Workers workers = new Workers(3)) {
            int[] sums = new int[64];
            Workers.Task task = (index, worker) -> sums[index] += index;
            Allocations.assertNoneWhenWarm(() -> workers.run(64, task));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void sleep(int millis) {
        long end = System.nanoTime() + millis * 1_000_000L;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
    }
}
