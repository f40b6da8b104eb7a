package io.peregrine.core.gguf;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The tensor infos of one file: all checked at first, made into objects when asked for.
///
/// Two passes, because an info takes as little as 33 bytes in the file and a few hundred as objects, which a
/// file that will be refused must not cost.
final class TensorTable {

    /// One tensor of the file.
    ///
    /// @param infoAt where in the file the info begins
    /// @param offset of its data from the start of the file's data
    record Info(String name, long infoAt, TensorType type, Shape shape, long offset, long sizeBytes) {}

    /// The smallest info: a name of one byte with its length, the number of dimensions, type and offset.
    static final int LEAST_INFO_BYTES = 8 + 1 + 4 + 4 + 8;

    private static final int MOST_DIMENSIONS = 4;

    private final Cursor in;
    private final GgufLimits limits;
    private final int count;
    private final int alignment;
    private final long start;
    private long dataStart;
    private long dataBytes;
    private long paddedBytes;

    private TensorTable(Cursor in, GgufLimits limits, int count, int alignment) {
        this.in = in;
        this.limits = limits;
        this.count = count;
        this.alignment = alignment;
        this.start = in.at();
    }

    /// Reads so many infos from where the cursor is, and checks that their data are in the file.
    ///
    /// @param alignment a power of two
    static TensorTable check(Cursor in, GgufLimits limits, int count, int alignment) {
        TensorTable table = new TensorTable(in, limits, count, alignment);
        table.check();
        return table;
    }

    int count() {
        return count;
    }

    /// Where in the file the data begin.
    long dataStart() {
        return dataStart;
    }

    /// Bytes of the data, without padding after the last tensor.
    long dataBytes() {
        return dataBytes;
    }

    /// Bytes of the file that belong to nothing.
    long trailingBytes() {
        return Math.max(0, in.bytes().byteSize() - dataStart - paddedBytes);
    }

    /// All tensors, in the order of the file.
    void forEach(Consumer<Info> action) {
        in.rewind(start);
        for (int i = 0; i < count; i++) {
            Info info = read(i, null);
            boolean inside = info.offset() >= 0 && info.sizeBytes() <= dataBytes - info.offset();
            if (!inside && info.sizeBytes() > 0) {
                throw ModelFileException.changing(in.file());
            }
            action.accept(info);
        }
    }

    private void check() {
        NameSet names = new NameSet(in.bytes(), count, limits.tensorNameBytes());
        String last = "";
        for (int i = 0; i < count; i++) {
            Info info = read(i, names);
            long offsetAt = in.at() - 8;
            if (info.offset() != paddedBytes) {
                throw new ModelFormatException(
                        in.file(),
                        in.where("data offset", offsetAt),
                        Long.toUnsignedString(info.offset()),
                        paddedBytes
                                + (i == 0
                                        ? ", the start of the data"
                                        : ", the end of the tensor before it, padded to " + alignment),
                        "");
            }
            if (info.sizeBytes() > Long.MAX_VALUE - alignment - paddedBytes) {
                throw new ModelFormatException(
                        in.file(),
                        in.where("info", info.infoAt()),
                        info.sizeBytes() + " bytes after " + paddedBytes + " of other tensors",
                        "at most 2^63 bytes together",
                        "");
            }
            if (info.sizeBytes() > 0) {
                last = info.name();
                dataBytes = paddedBytes + info.sizeBytes();
            }
            paddedBytes = Math.ceilDiv(paddedBytes + info.sizeBytes(), alignment) * alignment;
        }
        dataStart = Math.ceilDiv(in.at(), alignment) * alignment;
        long size = in.bytes().byteSize();
        if (dataBytes > 0 && dataBytes > size - dataStart) {
            in.enter("");
            throw new ModelFormatException(
                    in.file(),
                    in.where("tensor data", dataStart),
                    "a file of " + size + " bytes",
                    needed() + " up to the end of tensor " + Printable.of(last),
                    Cursor.COMPLETE);
        }
    }

    private String needed() {
        return dataBytes > Long.MAX_VALUE - dataStart ? "more than 2^63" : Long.toString(dataStart + dataBytes);
    }

    /// @param names the names so far, or null if they have been checked
    private Info read(int index, @Nullable NameSet names) {
        in.enter("tensor " + index);
        long infoAt = in.at();
        String name = in.string("name", limits.tensorNameBytes(), "tensorNameBytes");
        int nameBytes = (int) (in.at() - infoAt - 8);
        if (nameBytes == 0) {
            throw new ModelFormatException(
                    in.file(), in.where("name", infoAt), "an empty name", "at least one byte", "");
        }
        in.enter("tensor " + Printable.of(name));
        long before = names == null ? -1 : names.add(infoAt + 8, nameBytes);
        if (before >= 0) {
            throw new ModelFormatException(
                    in.file(),
                    in.where("name", infoAt),
                    "the same name as at byte " + (before - 8),
                    "each name once",
                    "");
        }
        long[] dims = dims();
        long typeAt = in.at();
        long id = in.u32("type");
        TensorType type = TensorType.ofId(id);
        if (type == null) {
            throw new UnsupportedModelException(
                    in.file(),
                    in.where("type", typeAt) + ": tensor type " + id + removed(id),
                    Arrays.stream(TensorType.values()).map(TensorType::name).collect(Collectors.joining(", ")));
        }
        Shape shape = shape(dims, infoAt);
        return new Info(name, infoAt, type, shape, in.bits64("data offset"), sizeBytes(type, shape, infoAt));
    }

    private long[] dims() {
        long offset = in.at();
        long rank = in.u32("number of dimensions");
        if (rank > MOST_DIMENSIONS) {
            throw new ModelFormatException(
                    in.file(),
                    in.where("number of dimensions", offset),
                    Long.toString(rank),
                    "at most " + MOST_DIMENSIONS,
                    "");
        }
        long[] dims = new long[(int) rank];
        for (int i = 0; i < rank; i++) {
            offset = in.at();
            long dim = in.bits64("dimension");
            if (dim < 0) {
                throw new ModelFormatException(
                        in.file(),
                        in.where("dimension " + i, offset),
                        Long.toUnsignedString(dim),
                        "at most " + Long.MAX_VALUE,
                        "");
            }
            // The file lists the fastest dimension first.
            dims[dims.length - 1 - i] = dim;
        }
        return dims;
    }

    private Shape shape(long[] dims, long infoAt) {
        try {
            return Shape.of(dims);
        } catch (ArithmeticException e) {
            throw new ModelFormatException(
                    in.file(),
                    in.where("info", infoAt),
                    "shape " + Arrays.toString(dims),
                    "fewer than 2^63 elements",
                    "");
        }
    }

    private long sizeBytes(TensorType type, Shape shape, long infoAt) {
        if (shape.columns() % type.blockElements() != 0) {
            throw new ModelFormatException(
                    in.file(),
                    in.where("info", infoAt),
                    "rows of " + shape.columns() + " elements",
                    "a multiple of " + type.blockElements() + ", the block of " + type,
                    "");
        }
        try {
            return Math.multiplyExact(shape.rows(), type.rowBytes(shape.columns()));
        } catch (ArithmeticException e) {
            throw new ModelFormatException(
                    in.file(), in.where("info", infoAt), "shape " + shape + " of " + type, "fewer than 2^63 bytes", "");
        }
    }

    private static String removed(long id) {
        String name = switch ((int) id) {
            case 4 -> "Q4_2";
            case 5 -> "Q4_3";
            case 31 -> "Q4_0_4_4";
            case 32 -> "Q4_0_4_8";
            case 33 -> "Q4_0_8_8";
            case 36 -> "IQ4_NL_4_4";
            case 37 -> "IQ4_NL_4_8";
            case 38 -> "IQ4_NL_8_8";
            default -> "";
        };
        return name.isEmpty() ? "" : " (" + name + ", removed from ggml)";
    }
}
