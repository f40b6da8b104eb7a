package io.peregrine.core.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ResourceLimitException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Copying: in groups, in pieces, within what the machine has.
class ModelMemoryTest {

    private static final long MIB = 1 << 20;

    @TempDir
    Path directory;

    private Path path;

    /// A sparse file of 300 MiB with a mark at the start of every MiB.
    @BeforeEach
    void prepare() throws IOException {
        path = directory.resolve("weights");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(300 * MIB);
            for (int i = 0; i < 300; i++) {
                file.seek(i * MIB);
                file.writeByte(i);
            }
        }
    }

    @Test
    void rangesOfAllSizes_areCopiedExactly() {
        try (ModelMemory memory = new ModelMemory()) {
            ModelFile file = memory.open(path);
            List<ModelMemory.Range> ranges = new ArrayList<>();
            ranges.add(new ModelMemory.Range(file, 0, 1));
            ranges.add(new ModelMemory.Range(file, 7 * MIB, 0));
            ranges.add(new ModelMemory.Range(file, MIB, 70 * MIB));
            ranges.add(new ModelMemory.Range(file, 5 * MIB, 40 * MIB));
            ranges.add(new ModelMemory.Range(file, 90 * MIB, 16 * MIB));
            ranges.add(new ModelMemory.Range(file, 299 * MIB, MIB));
            ranges.add(new ModelMemory.Range(file, 200 * MIB, 33 * MIB + 1));
            List<MemorySegment> copies = memory.copy(ranges, LoadListener.NONE);
            assertEquals(ranges.size(), copies.size());
            for (int i = 0; i < copies.size(); i++) {
                ModelMemory.Range range = ranges.get(i);
                MemorySegment copy = copies.get(i);
                assertEquals(range.sizeBytes(), copy.byteSize());
                assertEquals(0, copy.address() % 64);
                for (long at = 0; at < range.sizeBytes(); at += MIB) {
                    byte mark = (byte) ((range.offset() + at) / MIB);
                    assertEquals(mark, copy.get(ValueLayout.JAVA_BYTE, at), "range " + i + " at " + at);
                    if (at + 1 < range.sizeBytes()) {
                        assertEquals(0, copy.get(ValueLayout.JAVA_BYTE, at + 1));
                    }
                }
            }
            assertThrows(IllegalStateException.class, () -> file.bytes().get(ValueLayout.JAVA_BYTE, 0));
            assertThrows(IllegalStateException.class, () -> memory.open(path));
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void moreThanIsAvailable_isRefusedBeforeReading() {
        try (ModelMemory memory = new ModelMemory(() -> OptionalLong.of(100 * MIB - 1))) {
            ModelFile file = memory.open(path);
            List<ModelMemory.Range> ranges =
                    List.of(new ModelMemory.Range(file, 0, 60 * MIB), new ModelMemory.Range(file, 60 * MIB, 40 * MIB));
            LoadListener never = (done, total) -> {
                throw new AssertionError("reading has begun");
            };
            ResourceLimitException e = assertThrows(ResourceLimitException.class, () -> memory.copy(ranges, never));
            assertEquals(
                    path + ": copying the weights: 104857600 bytes exceeds the limit of 104857599 bytes of available"
                            + " memory; load without copying, which maps the file, or free some memory",
                    e.getMessage());
        }
    }

    @Test
    void unknownAvailableMemory_isNoObstacle() {
        try (ModelMemory memory = new ModelMemory(OptionalLong::empty)) {
            ModelFile file = memory.open(path);
            assertEquals(
                    1,
                    memory.copy(List.of(new ModelMemory.Range(file, 0, MIB)), LoadListener.NONE)
                            .size());
        }
    }

    /// What `Arena.allocate` could not do: it counts against the maximum heap by default.
    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void copies_doNotCountAgainstDirectMemory() {
        long before = directMemoryUsed();
        try (ModelMemory memory = new ModelMemory()) {
            ModelFile file = memory.open(path);
            memory.copy(List.of(new ModelMemory.Range(file, 0, 200 * MIB)), LoadListener.NONE);
            assertTrue(directMemoryUsed() - before < 10 * MIB);
        }
    }

    private static long directMemoryUsed() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void fileCutShortBeforeCopying_isAnError() throws IOException {
        try (ModelMemory memory = new ModelMemory()) {
            ModelFile file = memory.open(path);
            try (RandomAccessFile other = new RandomAccessFile(path.toFile(), "rw")) {
                other.setLength(MIB);
            }
            ModelFileException e = assertThrows(
                    ModelFileException.class,
                    () -> memory.copy(List.of(new ModelMemory.Range(file, 0, 2 * MIB)), LoadListener.NONE));
            assertEquals(
                    path + ": was cut short while it was being read; a model file in use must not be written to:"
                            + " replace it by renaming another one over it, or load with copied weights; load it again"
                            + " now",
                    e.getMessage());
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void noDirectoryForScratchFile_isAnError() {
        String before = System.getProperty("java.io.tmpdir");
        Path absent = directory.resolve("absent");
        System.setProperty("java.io.tmpdir", absent.toString());
        try (ModelMemory memory = new ModelMemory()) {
            ModelFile file = memory.open(path);
            ModelFileException e = assertThrows(
                    ModelFileException.class,
                    () -> memory.copy(List.of(new ModelMemory.Range(file, 0, 1)), LoadListener.NONE));
            assertEquals(
                    absent + ": cannot create the scratch file that copied weights need; name a writable directory with"
                            + " -Djava.io.tmpdir=, or map the weights instead of copying them",
                    e.getMessage());
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }

    @Test
    void scratchFile_leavesNoName() throws IOException {
        String before = System.getProperty("java.io.tmpdir");
        Path scratch = Files.createDirectory(directory.resolve("scratch"));
        System.setProperty("java.io.tmpdir", scratch.toString());
        try (ModelMemory memory = new ModelMemory()) {
            ModelFile file = memory.open(path);
            memory.copy(List.of(new ModelMemory.Range(file, 0, MIB)), LoadListener.NONE);
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
        try (Stream<Path> left = Files.list(scratch)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void availableMemory_isTheLeastOfMachineAndContainers() throws IOException {
        Path proc = Files.createDirectory(directory.resolve("proc"));
        Files.createDirectory(proc.resolve("self"));
        Path cgroups = Files.createDirectories(directory.resolve("cgroup"));
        AvailableMemory available = new AvailableMemory(proc, cgroups);
        assertEquals(OptionalLong.empty(), available.read());

        Files.writeString(proc.resolve("meminfo"), "MemTotal:  9000 kB\nMemAvailable:    5000 kB\nCached: 3 kB\n");
        assertEquals(OptionalLong.of(5000 * 1024), available.read());

        Path outer = Files.createDirectory(cgroups.resolve("outer"));
        Path inner = Files.createDirectory(outer.resolve("inner"));
        Files.writeString(proc.resolve("self/cgroup"), "0::/outer/inner\n");
        Files.writeString(inner.resolve("memory.max"), "max\n");
        Files.writeString(inner.resolve("memory.current"), "1000\n");
        assertEquals(OptionalLong.of(5000 * 1024), available.read());

        Files.writeString(outer.resolve("memory.max"), "4000000\n");
        Files.writeString(outer.resolve("memory.current"), "1500000\n");
        assertEquals(OptionalLong.of(2_500_000), available.read());
        Files.writeString(outer.resolve("memory.stat"), "anon 7\ninactive_file 300000\nfile 9\n");
        assertEquals(OptionalLong.of(2_800_000), available.read());

        Files.writeString(inner.resolve("memory.max"), "1200\n");
        assertEquals(OptionalLong.of(200), available.read());
        Files.writeString(inner.resolve("memory.current"), "1300\n");
        assertEquals(OptionalLong.of(0), available.read());
    }
}
