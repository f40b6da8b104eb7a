package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.peregrine.core.ModelFormatException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A text model and a vision file of a few kilobytes, cut at every length: each load ends in an error that names the file
/// and asks for the rest of it, quickly and without much memory, except where nothing but padding was lost.
class TruncatedModelTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long MOST_NANOS = 50_000_000;
    private static final long MOST_BYTES = 1 << 20;
    private static final int ALIGNMENT = 32;

    /// Others use the machine too.
    private static final int ATTEMPTS = 5;

    @TempDir
    private Path folder;

    private static ToyFile text() {
        ToyFile file = new ToyLlama(1, 4, 4, 1, 1, 4, 4, 4, false, false, 1, null).file(1);
        return file.key("tokenizer.ggml.tokens", new String[] {"<unk>", "<s>", "</s>", "a"})
                .key("tokenizer.ggml.token_type", new int[] {2, 3, 3, 1})
                .key("tokenizer.ggml.scores", new float[4]);
    }

    private static ToyFile vision() {
        ToyFile file = new ToyFile(2)
                .key("general.architecture", "clip")
                .key("clip.has_vision_encoder", true)
                .key("clip.projector_type", "mlp")
                .key("clip.vision.image_size", 4)
                .key("clip.vision.patch_size", 2)
                .key("clip.vision.embedding_length", 4)
                .key("clip.vision.feed_forward_length", 4)
                .key("clip.vision.block_count", 1)
                .key("clip.vision.projection_dim", 4)
                .key("clip.vision.attention.head_count", 1)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-5f)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.5f, 0.5f})
                .vector("v.class_embd", 0, 4)
                .tensor("v.patch_embd.weight", 0, 1, 4, 3, 2, 2)
                .matrix("v.position_embd.weight", 5, 4);
        for (String norm : new String[] {"v.pre_ln", "v.blk.0.ln1", "v.blk.0.ln2"}) {
            file.vector(norm + ".weight", 1, 4).vector(norm + ".bias", 0, 4);
        }
        for (String part : new String[] {"attn_q", "attn_k", "attn_v", "attn_out", "ffn_up", "ffn_down"}) {
            file.matrix("v.blk.0." + part + ".weight", 4, 4);
        }
        return file.matrix("mm.0.weight", 4, 4).matrix("mm.2.weight", 4, 4);
    }

    @Test
    @DisplayName("2 every-truncation: a text model")
    void textModel() throws IOException {
        Path file = text().write(folder.resolve("toy.gguf"));
        cutEverywhere(file, file, LoadOptions.defaults());
    }

    @Test
    @DisplayName("2 every-truncation: a vision file")
    void visionFile() throws IOException {
        Path file = text().write(folder.resolve("toy.gguf"));
        Path mmproj = vision().write(folder.resolve("mmproj.gguf"));
        cutEverywhere(mmproj, file, LoadOptions.defaults().withMmproj(mmproj));
    }

    private static void cutEverywhere(Path cut, Path text, LoadOptions options) throws IOException {
        LoadOptions oneThread = options.withThreads(1);
        Model.load(text, oneThread).close();
        long size = Files.size(cut);
        int loaded = 0;
        try (RandomAccessFile open = new RandomAccessFile(cut.toFile(), "rw")) {
            for (long length = size - 1; length >= 0; length--) {
                open.setLength(length);
                loaded += refused(cut, length, text, oneThread) ? 0 : 1;
                assertTrue(loaded == 0 || size - length <= loaded, "length " + length + " loaded, a longer one did not");
            }
        }
        assertTrue(loaded < ALIGNMENT, loaded + " lengths were loaded");
        assertTrue(size > 2000 && size < 8000, "size " + size);
    }

    private static boolean refused(Path cut, long length, Path text, LoadOptions options) {
        long best = Long.MAX_VALUE;
        String message = null;
        for (int i = 0; i < ATTEMPTS && best >= MOST_NANOS; i++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            long start = System.nanoTime();
            try {
                Model.load(text, options).close();
                return false;
            } catch (ModelFormatException e) {
                message = String.valueOf(e.getMessage());
            }
            best = Math.min(best, System.nanoTime() - start);
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < MOST_BYTES, "length " + length + " allocated " + allocated);
        }
        assertTrue(best < MOST_NANOS, "length " + length + " took " + best + " ns");
        String where = String.valueOf(message);
        assertTrue(
                where.startsWith(cut + ": ") && where.endsWith("; is the download complete?"),
                "length " + length + ": " + where);
        return true;
    }

    @Test
    @DisplayName("25 data-one-byte-short: a text model")
    void oneByteShort() throws IOException {
        Path file = text().key("general.name", "toy").write(folder.resolve("toy.gguf"));
        long size = Files.size(file);
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(size - 1);
        }
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> Model.load(file));
        assertEquals(
                file + ": tensor data at byte 1568: found a file of " + (size - 1) + " bytes, expected " + size
                        + " up to the end of tensor blk.0.ffn_down.weight; is the download complete?",
                e.getMessage());
    }
}
