package io.peregrine.model;

import com.sun.management.ThreadMXBean;
import io.peregrine.core.PeregrineException;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Preprocess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A toy system whose files can be damaged byte by byte and mended again, and what using them costs. A use loads them and,
/// if it is to answer, takes in a picture where there is a vision file and generates one token.
final class DamagedFixture {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final GenerateOptions ONE_TOKEN =
            GenerateOptions.greedy().withMaxTokens(1).withIgnoreEnd(true);

    private static final int HEADER = 24;
    private static final int ALIGNMENT = 32;

    /// How a use ended, and what it took.
    ///
    /// @param error what it was refused with, or null if it generated a token
    record Outcome(@Nullable PeregrineException error, List<String> notes, long nanos, long bytes) {

        String message() {
            return error == null ? "" : String.valueOf(error.getMessage());
        }
    }

    /// What of a system is damaged.
    enum Part {
        /// The text model, without its vision file.
        TEXT,
        /// The vision file, beside its text model.
        VISION,
        /// The one file of an embedding model.
        TOWERS
    }

    private final String name;
    private final Part part;
    private final Path text;
    private final @Nullable Path vision;
    private final List<Image> images;
    private final boolean answers;
    private final Preprocess preprocess;

    /// Copies the files of a fixture, which stay as they are.
    ///
    /// @param answers false to load alone
    DamagedFixture(String name, Path folder, Part part, boolean answers) {
        Fixture fixture = Fixture.of(name);
        boolean seesPictures = part == Part.VISION;
        this.name = name;
        this.part = part;
        this.text = copy(fixture.path("model.gguf"), folder.resolve(name + ".gguf"));
        this.vision = seesPictures ? copy(fixture.path("mmproj.gguf"), folder.resolve(name + "-mmproj.gguf")) : null;
        this.answers = answers;
        this.images = part != Part.TEXT ? List.of(Image.read(fixture.path("image0.png"))) : List.of();
        String source = fixture.expected().path("source").asText();
        this.preprocess = source.startsWith("llama.cpp") ? Preprocess.LLAMA_CPP : Preprocess.AUTHORS;
    }

    private static Path copy(Path from, Path to) {
        try {
            return Files.write(to, Files.readAllBytes(from));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String name() {
        return name;
    }

    /// What the file to be damaged is for: the architecture of a text model, the projector of a vision file.
    String family() {
        GgufPlaces places = places();
        return vision == null ? places.architecture() : "clip " + places.projector();
    }

    /// The file to be damaged: the vision file if there is one.
    Path file() {
        return vision == null ? text : vision;
    }

    GgufPlaces places() {
        return GgufPlaces.of(file());
    }

    /// Uses the files with other bytes in a place, and mends them.
    Outcome with(int at, byte[] bytes) {
        return with(at, bytes, at, bytes);
    }

    /// Uses the files with other bytes in two places, and mends them.
    Outcome with(int at, byte[] bytes, int at2, byte[] bytes2) {
        byte[] before = write(at, bytes);
        byte[] before2 = write(at2, bytes2);
        try {
            return use();
        } finally {
            write(at2, before2);
            write(at, before);
        }
    }

    /// Uses the files with one more key in front of the others, and mends them.
    ///
    /// @param type of a value of 32 bits
    Outcome withKey(String key, int type, int bits) {
        try {
            byte[] whole = Files.readAllBytes(file());
            int end = places().end();
            byte[] name = key.getBytes(StandardCharsets.UTF_8);
            int pair = Long.BYTES + name.length + 2 * Integer.BYTES;
            int data = Math.ceilDiv(end, ALIGNMENT) * ALIGNMENT;
            int newData = Math.ceilDiv(end + pair, ALIGNMENT) * ALIGNMENT;
            ByteBuffer changed = ByteBuffer.allocate(newData + whole.length - data).order(ByteOrder.LITTLE_ENDIAN);
            changed.put(whole, 0, HEADER).putLong(HEADER - Long.BYTES, changed.getLong(HEADER - Long.BYTES) + 1);
            changed.putLong(name.length).put(name).putInt(type).putInt(bits);
            changed.put(whole, HEADER, end - HEADER).position(newData).put(whole, data, whole.length - data);
            Files.write(file(), changed.array());
            try {
                return use();
            } finally {
                Files.write(file(), whole);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] write(int at, byte[] bytes) {
        byte[] before = new byte[bytes.length];
        try (RandomAccessFile open = new RandomAccessFile(file().toFile(), "rw")) {
            open.seek(at);
            open.readFully(before);
            open.seek(at);
            open.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return before;
    }

    /// The little-endian bytes of a number of 32 bits.
    static byte[] bytes(int value) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    /// The little-endian bytes of a number of 64 bits.
    static byte[] bytes(long value) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    /// Uses the files as they are. Any exception but one of ours goes on.
    Outcome use() {
        long start = System.nanoTime();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        PeregrineException error = null;
        List<String> notes = List.of();
        LoadOptions options = LoadOptions.defaults().withThreads(1).withMmproj(vision).withPreprocess(preprocess);
        try {
            notes = part == Part.TOWERS ? compare(options) : answer(options);
        } catch (PeregrineException e) {
            error = e;
        }
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        return new Outcome(error, notes, System.nanoTime() - start, bytes);
    }

    /// The notes of a model that loads.
    private List<String> answer(LoadOptions options) {
        try (Model model = Model.load(text, options)) {
            if (answers) {
                Prompt prompt = images.isEmpty() ? Prompt.tokens(0, 1) : Prompt.raw(Prompt.MEDIA, images);
                try (Session session = model.newSession()) {
                    session.generate(prompt, ONE_TOKEN, GenerateListener.NONE);
                }
            }
            return model.notes();
        }
    }

    private List<String> compare(LoadOptions options) {
        try (EmbeddingModel model = EmbeddingModel.load(text, options)) {
            if (answers) {
                model.compare(images, List.of("a"));
            }
            return model.notes();
        }
    }
}
