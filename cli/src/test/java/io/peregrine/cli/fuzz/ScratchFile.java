package io.peregrine.cli.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/// A file of each thread for inputs that are read from files, in memory where the system has a place for that. The
/// files are left to the system's own cleaning if the process is killed.
final class ScratchFile {

    private static final Path MEMORY = Path.of("/dev/shm");
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final Path FOLDER = folder();

    private final ThreadLocal<Path> file;

    ScratchFile(String name) {
        file = ThreadLocal.withInitial(() -> {
            Path path = FOLDER.resolve(COUNT.getAndIncrement() + "-" + name);
            path.toFile().deleteOnExit();
            return path;
        });
    }

    private static Path folder() {
        try {
            Path folder = Files.isWritable(MEMORY)
                    ? Files.createTempDirectory(MEMORY, "peregrine-fuzz")
                    : Files.createTempDirectory("peregrine-fuzz");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The calling thread's file, with this content.
    Path holding(byte[] content) {
        try {
            return Files.write(file.get(), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
