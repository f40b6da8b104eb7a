package io.peregrine.cli;

import io.peregrine.cli.serve.Metrics;
import io.peregrine.cli.serve.Service.Loaded;
import io.peregrine.model.Scheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/// What `/metrics` tells about the process and its scheduler.
final class ServerMetrics {

    private static final Path MEMORY = Path.of("/proc/self/status");

    private ServerMetrics() {}

    static void addTo(Metrics metrics, Loaded loaded) {
        Instant start = ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
        metrics.gauge("process_start_time_seconds", "When the process began, since 1970.", () -> start.toEpochMilli() * 1e-3);
        metrics.gauge(
                "peregrine_uptime_seconds",
                "Since the process began.",
                () -> (System.currentTimeMillis() - start.toEpochMilli()) * 1e-3);
        metrics.gauge("process_resident_memory_bytes", "Of the process, mapped weights included.", ServerMetrics::resident);
        metrics.gauge(
                "peregrine_heap_used_bytes",
                "Of the JVM, garbage included.",
                () -> Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        metrics.gauge("peregrine_heap_max_bytes", "Of the JVM.", () -> Runtime.getRuntime().maxMemory());
        Scheduler scheduler = loaded.scheduler();
        if (scheduler != null) {
            add(metrics, scheduler);
        }
    }

    private static void add(Metrics metrics, Scheduler scheduler) {
        metrics.gauge("peregrine_requests_running", "Requests that the model computes.", () -> scheduler.stats().running());
        metrics.gauge("peregrine_requests_waiting", "Requests that wait for that.", () -> scheduler.stats().waiting());
        metrics.gauge("peregrine_sequences", "Requests that may run at a time.", () -> scheduler.stats().sequences());
        metrics.gauge("peregrine_kv_bytes", "Heap of keys and values.", () -> scheduler.stats().cacheBytes());
        metrics.gauge("peregrine_picture_bytes", "Heap of pictures that are kept.", () -> scheduler.stats().pictureBytes());
        metrics.counter(
                "peregrine_requests_refused_total",
                "Requests that were refused because too many waited.",
                () -> scheduler.stats().refused());
        metrics.counter(
                "peregrine_requests_cancelled_total", "Requests that were cancelled.", () -> scheduler.stats().cancelled());
        metrics.counter("peregrine_requests_failed_total", "Requests that failed.", () -> scheduler.stats().failed());
        metrics.counter("peregrine_decoder_steps_total", "Passes through the decoder.", () -> scheduler.stats().steps());
        metrics.counter(
                "peregrine_pictures_encoded_total", "Pictures that were encoded.", () -> scheduler.stats().encodedPictures());
    }

    /// NaN where the system does not tell it that way.
    private static double resident() {
        try {
            return Files.readAllLines(MEMORY).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}
