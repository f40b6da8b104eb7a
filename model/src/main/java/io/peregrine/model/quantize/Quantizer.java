package io.peregrine.model.quantize;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.core.gguf.TensorSource;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.BlockFormat;
import io.peregrine.kernels.format.Formats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.LongConsumer;

/// Quantises GGUF files: text models and image encoders, of one file or split.
///
/// Weights go from the mapped file through a few pieces of memory for each thread to the target, so that neither the
/// file nor a tensor has to fit into memory. The target gets its name when it is complete; until then, and if anything
/// fails, a file that had the name before stays as it was.
public final class Quantizer {

    private static final String FILE_TYPE = "general.file_type";
    private static final String QUANTIZATION_VERSION = "general.quantization_version";
    private static final String SPLIT = "split.";

    /// The version of the block formats that all encoders of today write.
    private static final int VERSION = 2;

    private static final long COPIED_BYTES = 1 << 20;

    private final QuantizeOptions options;
    private final Function<Path, OptionalLong> freeBytes;

    public Quantizer(QuantizeOptions options) {
        this(options, Quantizer::freeBytes);
    }

    /// @param freeBytes what a folder's disk has room for, if that is known
    Quantizer(QuantizeOptions options, Function<Path, OptionalLong> freeBytes) {
        this.options = options;
        this.freeBytes = freeBytes;
    }

    /// What [#quantize] would do, without doing it; the time is zero.
    ///
    /// @param source a GGUF file; of a split model, any part
    /// @throws io.peregrine.core.PeregrineException if the file cannot be read, or not be quantised
    public QuantizeResult plan(Path source) {
        try (GgufFile file = GgufFile.open(source)) {
            return plan(file);
        }
    }

    /// Writes the file `source`, quantised, as `target`; all metadata but the type of the file are the same.
    ///
    /// @param source a GGUF file; of a split model, any part: the target is one file
    /// @throws io.peregrine.core.PeregrineException if the source cannot be read or not be quantised, the target
    ///     exists and may not be replaced, or cannot be written
    /// @throws java.util.concurrent.CancellationException if the listener or an interrupt stopped it
    public QuantizeResult quantize(Path source, Path target) {
        long start = System.nanoTime();
        try (GgufFile file = GgufFile.open(source);
                EncodingPool pool = new EncodingPool(options.threads())) {
            QuantizeResult plan = plan(file);
            checkTarget(source, target, plan);
            file.checkUnchanged();
            writer(file, plan, pool).write(target);
            return new QuantizeResult(plan.tensors(), plan.notes(), Duration.ofNanos(System.nanoTime() - start));
        } catch (InternalError e) {
            // How the JVM reports a mapped page that is no longer in the file.
            throw new ModelFileException(
                    source.toString(), "was cut short while it was being read", "try again when it is complete", e);
        }
    }

    private QuantizeResult plan(GgufFile file) {
        List<TensorInfo> infos = file.tensors().values().stream().map(Quantizer::info).toList();
        TypePlan plan = new TypePlan(infos, options);
        List<QuantizeResult.Change> changes = new ArrayList<>();
        for (TensorInfo info : infos) {
            TensorType type = plan.type(info);
            if (type != info.type() && info.type().isBlocked() && !options.allowRequantize()) {
                throw new UnsupportedModelException(
                        file.path().toString(),
                        "quantising tensor " + info.name() + " from " + info.type() + " to " + type,
                        "weights in F32, F16 and BF16, and with --allow-requantize others too, whose errors add up");
            }
            changes.add(new QuantizeResult.Change(
                    info.name(), info.shape(), info.type(), type, info.sizeBytes(info.type()), info.sizeBytes(type)));
        }
        return new QuantizeResult(List.copyOf(changes), plan.notes(), Duration.ZERO);
    }

    private static TensorInfo info(Tensor tensor) {
        return new TensorInfo(tensor.name(), tensor.type(), tensor.shape());
    }

    private void checkTarget(Path source, Path target, QuantizeResult plan) {
        try {
            if (Files.isDirectory(target)) {
                throw new ModelFileException(target.toString(), "is a directory", "give the name of a file");
            }
            if (Files.exists(target)) {
                if (Files.isSameFile(source, target)) {
                    throw new ModelFileException(
                            target.toString(), "is the file that is to be read", "give another name");
                }
                if (!options.replace()) {
                    throw new ModelFileException(
                            target.toString(), "exists already", "give another name, or --force to replace it");
                }
                if (!Files.isRegularFile(target)) {
                    throw new ModelFileException(target.toString(), "is a pipe or a device", "give the name of a file");
                }
            }
        } catch (IOException e) {
            throw ModelFileException.of(target, "write", e);
        }
        OptionalLong free = freeBytes.apply(target);
        if (free.isPresent() && plan.bytes() > free.getAsLong()) {
            throw new ResourceLimitException(
                    target + ": the tensors",
                    plan.bytes() + " bytes",
                    free.getAsLong() + " bytes that are free on the disk",
                    "free some room, or write to another disk");
        }
    }

    private static OptionalLong freeBytes(Path target) {
        try {
            Path folder = target.toAbsolutePath().getParent();
            return folder == null
                    ? OptionalLong.empty()
                    : OptionalLong.of(Files.getFileStore(folder).getUsableSpace());
        } catch (IOException e) {
            // Writing will tell.
            return OptionalLong.empty();
        }
    }

    private GgufWriter writer(GgufFile file, QuantizeResult plan, EncodingPool pool) {
        GgufWriter writer = new GgufWriter();
        putMetadata(writer, file.metadata());
        Progress progress = new Progress(file.path(), plan.bytesBefore());
        for (QuantizeResult.Change change : plan.tensors()) {
            Tensor tensor = file.tensor(change.name());
            double bytesPerElement = (double) tensor.type().blockBytes() / tensor.type().blockElements();
            TensorSource source = change.from() == change.to()
                    ? copied(tensor, progress::read)
                    : pool.source(
                            file.path().toString(),
                            info(tensor),
                            change.to(),
                            floats(tensor),
                            elements -> progress.read((long) (elements * bytesPerElement)));
            writer.tensor(change.name(), change.to(), change.shape(), source);
        }
        return writer;
    }

    private void putMetadata(GgufWriter writer, Metadata metadata) {
        for (String key : metadata.keys()) {
            switch (key) {
                case FILE_TYPE -> writer.uint32(FILE_TYPE, options.mix().fileType());
                case QUANTIZATION_VERSION -> writer.uint32(QUANTIZATION_VERSION, VERSION);
                default -> {
                    if (!key.startsWith(SPLIT)) {
                        writer.put(key, metadata);
                    }
                }
            }
        }
        if (!metadata.has(FILE_TYPE)) {
            writer.uint32(FILE_TYPE, options.mix().fileType());
        }
        if (!metadata.has(QUANTIZATION_VERSION)) {
            writer.uint32(QUANTIZATION_VERSION, VERSION);
        }
    }

    /// With plain loops: a vector load from a file that somebody cuts short would end the JVM.
    private static FloatSource floats(Tensor tensor) {
        TensorType type = tensor.type();
        BlockFormat format = Formats.of(type);
        return (first, count, out) -> format.decodePlainly(
                tensor.data(), first / type.blockElements() * type.blockBytes(), count, out, 0);
    }

    private static TensorSource copied(Tensor tensor, LongConsumer read) {
        return target -> {
            long size = tensor.data().byteSize();
            for (long done = 0; done < size; done += COPIED_BYTES) {
                long bytes = Math.min(COPIED_BYTES, size - done);
                target.write(tensor.data().asSlice(done, bytes).asByteBuffer());
                read.accept(bytes);
            }
        };
    }

    /// Tells the listener, and ends the writing if it says so.
    private final class Progress {

        private final Path file;
        private final long total;
        private long done;

        Progress(Path file, long total) {
            this.file = file;
            this.total = total;
        }

        void read(long bytes) {
            done += bytes;
            if (!options.listener().loaded(Math.min(done, total), total)) {
                throw new CancellationException(file + ": quantising was cancelled");
            }
        }
    }
}
