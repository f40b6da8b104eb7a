package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Row 66 of the catalogue where it could end the JVM: memory that runs out, files that shrink under a mapping, a full
/// disk.
class RuntimeFaultTest {

    private static final List<String> SMALL = List.of("-Xmx64m", "-XX:MaxDirectMemorySize=1m");

    @TempDir
    private Path folder;

    private Path model;

    /// 1 MB of weights, and 8 MB of keys and values for each 128 tokens.
    @BeforeEach
    void write() {
        model = new ToyLlama(4, 64, 64, 4, 4, 256, 256, 300, false, false, 1, null)
                .file(5)
                .write(folder.resolve("toy.gguf"));
    }

    /// A heap that is full ends one request with a typed error; the session and the model go on. The weights are copied
    /// although the limit of direct memory is smaller than they are.
    @Test
    @DisplayName("66 lifetime-and-memory faults")
    void outOfMemory_endsTheRequestAndNotTheModel() throws Exception {
        assertTrue(Files.size(model) > 1 << 20, "no more than the limit of direct memory");
        ChildJvm child = ChildJvm.run("", SMALL, RuntimeFaults.class, "memory", model.toString());
        String heap = child.output().lines().findFirst().orElse("");
        assertEquals(
                heap + "\n" + model + ": memory for a request: more than is free beside everything else exceeds the limit"
                        + " of " + heap + "; ask for less at a time (shorter prompts, smaller or fewer pictures, fewer"
                        + " sessions), or give the JVM more memory with -Xmx\ntrue\ntrue\ntrue\ntrue",
                child.output());
        assertEquals(0, child.exit());
    }

    /// A mapped file that somebody cuts short is an error in words, or the documented exception: the JVM dies of
    /// SIGBUS in compiled code, or of the signal that its handler raises.
    @Test
    @DisplayName("66 lifetime-and-memory faults")
    void fileCutShort_withinAGeneration_isATypedErrorOrTheDocumentedException() throws Exception {
        long size = Files.size(model);
        ChildJvm child = ChildJvm.run("", List.of(), RuntimeFaults.class, "mapped", model.toString());
        if (child.exit() != 0) {
            assertTrue(child.exit() == 134 || child.exit() == 135, child.exit() + ": " + child.output());
            return;
        }
        assertEquals(
                model + ": changed while in use: found 100 bytes, expected " + size
                        + "; a model file in use must not be written to: replace it by renaming another one over it, or"
                        + " load with copied weights; load it again now",
                child.output());
    }

    @Test
    @DisplayName("66 lifetime-and-memory faults")
    void fileCutShort_withCopiedWeights_doesNotMatter() throws Exception {
        ChildJvm child = ChildJvm.run("", List.of(), RuntimeFaults.class, "copied", model.toString());
        assertEquals("true", child.output());
        assertEquals(0, child.exit());
        assertEquals(100, Files.size(model));
    }

    /// The limit of a file's size stands for the end of a disk: writing fails in the middle of the file.
    @Test
    @DisplayName("66 lifetime-and-memory faults")
    void diskFull_whileSaving_leavesTheOldFile() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash, so no ulimit");
        Path target = Files.writeString(folder.resolve("out.gguf"), "old");
        ChildJvm child = ChildJvm.run(
                "ulimit -f 64; exec", List.of(), RuntimeFaults.class, "disk", model.toString(), target.toString());
        assertEquals(target + ": cannot write it: File too large; check the disk", child.output());
        assertEquals("old", Files.readString(target));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(target, model), files.sorted().toList());
        }
    }
}
