package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.peregrine.core.PeregrineException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Good and bad files with random damage: whatever they say, they are read or refused with an exception of
/// ours, and neither takes much memory.
class GgufMutationTest {

    private static final int CASES = 100_000;
    private static final int CASES_AS_FILES = 200;
    /// The first use of each message links code, which allocates.
    private static final int UNMEASURED = 5_000;

    private static final long SEED = 20_261_122;

    /// Beyond a few times the file: the exception with its stack, the set of names.
    private static final long ALLOWED_BYTES = 64 << 10;

    private static final int ALLOWED_TIMES = 8;

    /// Numbers at which comparisons go wrong.
    private static final long[] EDGES = {
        -1,
        0,
        1,
        2,
        8,
        9,
        12,
        13,
        32,
        63,
        64,
        255,
        256,
        0x7fff_ffffL,
        0x8000_0000L,
        0xffff_ffffL,
        0x1_0000_0000L,
        1L << 61,
        1L << 62,
        Long.MAX_VALUE,
        Long.MAX_VALUE - 31,
        Long.MIN_VALUE
    };

    private final Random random = new Random(SEED);

    private byte[] mutated(byte[] seed) {
        byte[] bytes = seed.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && bytes.length > 8; i++) {
            // The data at the end of a file are not read, so the front is where damage matters.
            int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(bytes.length, 200));
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> put(bytes, at, 8, EDGES[random.nextInt(EDGES.length)]);
                case 3 -> put(bytes, at, 4, EDGES[random.nextInt(EDGES.length)]);
                case 4 -> bytes = Arrays.copyOf(bytes, at);
                default -> {
                    int from = random.nextInt(bytes.length);
                    int count = Math.min(random.nextInt(40), bytes.length - Math.max(from, at));
                    System.arraycopy(bytes, from, bytes, at, count);
                }
            }
        }
        return bytes;
    }

    private static void put(byte[] bytes, int at, int count, long value) {
        for (int i = 0; i < count && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >> 8 * i);
        }
    }

    @Test
    void damagedFiles_areReadOrRefused() {
        List<byte[]> seeds = BadFiles.samples();
        int read = 0;
        for (int i = 0; i < CASES; i++) {
            byte[] bytes = mutated(seeds.get(random.nextInt(seeds.size())));
            long before = Rejection.allocated();
            try {
                Contents contents = Contents.read("m", MemorySegment.ofArray(bytes), GgufLimits.DEFAULT);
                contents.metadata().keys().forEach(contents.metadata()::value);
                contents.table().forEach(info -> {});
                read++;
            } catch (PeregrineException e) {
                assertTrue(String.valueOf(e.getMessage()).startsWith("m: "), e.toString());
            } catch (RuntimeException | Error e) {
                fail("case " + i + ": " + Arrays.toString(bytes), e);
            }
            long allocated = Rejection.allocated() - before;
            if (i >= UNMEASURED && allocated > ALLOWED_BYTES + (long) ALLOWED_TIMES * bytes.length) {
                fail("case " + i + " allocated " + allocated + ": " + Arrays.toString(bytes));
            }
        }
        // Both outcomes must be common, or the damage is too small or too great to test anything.
        assertTrue(read > CASES / 50 && read < CASES / 2, read + " of " + CASES + " were read");
    }

    @Test
    void damagedFiles_onDisk_areReadOrRefused(@TempDir Path directory) throws IOException {
        List<byte[]> seeds = BadFiles.samples();
        Path path = directory.resolve("m.gguf");
        for (int i = 0; i < CASES_AS_FILES; i++) {
            byte[] bytes = mutated(seeds.get(random.nextInt(seeds.size())));
            Files.write(path, bytes);
            GgufOptions options = GgufOptions.DEFAULT.withCopyWeights(i % 10 == 0);
            try (GgufFile file = GgufFile.open(path, options)) {
                file.prefault((done, total) -> true);
                file.checkUnchanged();
            } catch (PeregrineException e) {
                assertTrue(String.valueOf(e.getMessage()).startsWith(path + ": "), e.toString());
            } catch (RuntimeException | Error e) {
                fail("case " + i + ": " + Arrays.toString(bytes), e);
            }
        }
    }
}
