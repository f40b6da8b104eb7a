package io.peregrine.kernels.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoresTest {

    @Test
    void usable_isWithinWhatTheJvmSees() {
        int cores = Cores.usable();
        assertTrue(cores >= 1 && cores <= Runtime.getRuntime().availableProcessors());
    }

    @Test
    void physical_countsEachCoreOnce(@TempDir Path dir) throws IOException {
        Path cpus = cpus(dir, "0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7");
        assertEquals(4, Cores.physical(status(dir, "0-7"), cpus));
        assertEquals(2, Cores.physical(status(dir, "0-1,4-5"), cpus));
        assertEquals(1, Cores.physical(status(dir, "6"), cpus));
        assertEquals(3, Cores.physical(status(dir, "0,2-3"), cpus));
    }

    @Test
    void physical_unknown_isZero(@TempDir Path dir) throws IOException {
        Path cpus = cpus(dir, "0", "1");
        assertEquals(0, Cores.physical(dir.resolve("absent"), cpus));
        assertEquals(0, Cores.physical(status(dir, "0-1"), dir.resolve("absent")));
        assertEquals(0, Cores.physical(status(dir, "0-5"), cpus));
        assertEquals(0, Cores.physical(status(dir, ""), cpus));
        assertEquals(0, Cores.physical(status(dir, "all"), cpus));
        assertEquals(0, Cores.physical(Files.writeString(dir.resolve("status"), "Name:\tjava\n"), cpus));
    }

    private static Path status(Path dir, String allowed) throws IOException {
        return Files.writeString(
                dir.resolve("status"), "Name:\tjava\nCpus_allowed:\tff\nCpus_allowed_list:\t" + allowed + "\n");
    }

    private static Path cpus(Path dir, String... siblings) throws IOException {
        for (int i = 0; i < siblings.length; i++) {
            Path topology = Files.createDirectories(dir.resolve("cpu" + i).resolve("topology"));
            Files.writeString(topology.resolve("thread_siblings_list"), siblings[i] + "\n");
        }
        return dir;
    }
}
