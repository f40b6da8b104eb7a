package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.peregrine.model.image.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Row 66 of the catalogue: what is opened and closed a thousand times leaves nothing behind: heap, mappings,
/// descriptors, threads.
class LeakTest {

    private static final GenerateOptions SHORT = GenerateOptions.greedy().withMaxTokens(1);

    /// Cycles after which the baseline is taken: classes are loaded and pools are full by then.
    private static final int WARM = 50;

    /// The JVM opens and maps a few things of its own meanwhile; a leak would be hundreds.
    private static final int FEW = 20;

    private static final long HEAP_BYTES = 2 << 20;

    @TempDir
    private static Path folder;

    private static Path text;
    private static Path mmproj;

    @BeforeAll
    static void write() {
        text = ToyLlama.usual().file(5).write(folder.resolve("toy.gguf"));
        mmproj = ToyLlava.file(6, 32).write(folder.resolve("mmproj.gguf"));
    }

    private record Held(long heap, long mappings, long descriptors, long threads) {

        static Held now() throws IOException {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            long heap = runtime.totalMemory() - runtime.freeMemory();
            try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"));
                    Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
                return new Held(
                        heap, maps.count(), descriptors.count(), Thread.getAllStackTraces().size());
            }
        }
    }

    private static void repeat(int times, Runnable cycle) throws IOException {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "this system does not list descriptors in /proc");
        for (int i = 0; i < WARM; i++) {
            cycle.run();
        }
        Held before = Held.now();
        for (int i = WARM; i < times; i++) {
            cycle.run();
        }
        Held after = Held.now();
        for (int wait = 0; wait < 100 && after.threads > before.threads; wait++) {
            // A thread that has done its work needs a moment to end.
            LockSupport.parkNanos(20_000_000);
            after = Held.now();
        }
        String both = before + " became " + after;
        assertTrue(after.heap - before.heap < HEAP_BYTES, both);
        assertTrue(after.mappings - before.mappings < FEW, both);
        assertTrue(after.descriptors - before.descriptors < FEW, both);
        assertTrue(after.threads <= before.threads, both);
    }

    @Test
    @DisplayName("66 lifetime-and-memory faults")
    void textModels_aThousand_leaveNothing() throws IOException {
        LoadOptions options = LoadOptions.defaults().withThreads(2);
        repeat(1000, () -> {
            try (Model model = Model.load(text, options)) {
                model.newSession().close();
            }
        });
    }

    @Test
    @DisplayName("66 lifetime-and-memory faults")
    void modelsWithPictures_aThousand_leaveNothing() throws IOException {
        LoadOptions options = LoadOptions.defaults().withThreads(2).withMmproj(mmproj);
        Prompt prompt = Prompt.raw("a" + Prompt.MEDIA, Image.of(new byte[8 * 8 * 3], 8, 8));
        repeat(1000, () -> {
            try (Model model = Model.load(text, options);
                    Session session = model.newSession()) {
                session.generate(prompt, SHORT, GenerateListener.NONE);
            }
        });
    }

    @Test
    @DisplayName("66 lifetime-and-memory faults")
    void embeddingModels_aThousand_leaveNothing() throws IOException {
        Path clip = Fixture.of("clip").path("model.gguf");
        repeat(1000, () -> {
            try (EmbeddingModel model = EmbeddingModel.load(clip)) {
                model.embed("a");
            }
        });
    }

    @Test
    @DisplayName("66 lifetime-and-memory faults")
    void sessions_aThousand_leaveNothing() throws IOException {
        try (Model model = Model.load(text, LoadOptions.defaults().withThreads(2))) {
            Prompt prompt = Prompt.tokens(5, 6, 7);
            repeat(1000, () -> {
                try (Session session = model.newSession()) {
                    session.generate(prompt, SHORT, GenerateListener.NONE);
                }
            });
        }
    }

    @Test
    @DisplayName("66 lifetime-and-memory faults")
    void schedulers_twoHundred_leaveNothing() throws IOException {
        try (Model model = Model.load(text, LoadOptions.defaults().withThreads(2))) {
            Prompt prompt = Prompt.tokens(5, 6, 7);
            repeat(200, () -> {
                try (Scheduler scheduler = model.newScheduler(SchedulerOptions.defaults())) {
                    scheduler.submit(prompt, SHORT, GenerateListener.NONE).await();
                }
            });
        }
    }
}
