package io.peregrine.model.block;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.Printable;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Matrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Binds the tensors of a file to the places of a model by name, checking every shape.
///
/// Matrices stay where the file is and must not be used after it is closed; vectors (norms, biases, tables)
/// are decoded to the heap. Remembers what was asked for, so that tensors that nobody uses are noticed. Used
/// by one thread.
public final class Weights {

    private static final int MAX_BLOCK_DIGITS = 6;

    /// Names in a note at most.
    private static final int TOLD = 100;

    private static final Pattern NUMBER = Pattern.compile("(?<=\\.)\\d+(?=\\.)");

    /// Rows and columns of the kernel of a depth-wise convolution.
    private static final int MAX_KERNEL = 31;

    private final GgufFile file;
    private final Set<String> bound = new HashSet<>();

    /// Asked for and not there.
    private final Set<String> absent = new LinkedHashSet<>();

    public Weights(GgufFile file) {
        this.file = file;
    }

    /// The file's name for messages.
    public String fileName() {
        return file.path().toString();
    }

    /// Whether the file has a tensor that a model may lack.
    public boolean has(String name) {
        boolean there = hasHere(name);
        if (!there) {
            absent.add(name);
        }
        return there;
    }

    /// As [#has], of what some blocks of a family have and others have not: nothing to [#checkEven].
    public boolean hasHere(String name) {
        return file.tensorOrNull(name) != null;
    }

    /// The shape of a tensor that must be there, for what only the tensor tells.
    public Shape shape(String name) {
        return required(name, "a tensor").shape();
    }

    /// The matrix `name`, of shape `[rows, columns]`. Leading axes of size 1 are ignored: converters that copy a
    /// checkpoint's tensors as they are leave one on tables of places.
    public Matrix matrix(String name, int rows, int columns) {
        Tensor tensor = required(name, "shape " + Shape.of(rows, columns));
        Shape shape = tensor.shape();
        boolean led = shape.rank() > 2 && shape.columns() == columns && shape.dim(shape.rank() - 2) == rows;
        if (led && shape.elements() == (long) rows * columns) {
            return matrixOf(tensor.reshaped(rows, columns));
        }
        checkShape(tensor, Shape.of(rows, columns));
        return matrixOf(tensor);
    }

    /// The kernel `name` of a convolution whose windows do not overlap, of shape `[out, channels, height,
    /// width]`, seen as the matrix `[out, channels * height * width]`.
    public Matrix patchKernel(String name, int out, int channels, int height, int width) {
        Shape shape = Shape.of(out, channels, height, width);
        Tensor tensor = required(name, "shape " + shape);
        checkShape(tensor, shape);
        return matrixOf(tensor.reshaped(out, (long) channels * height * width));
    }

    /// The kernel `name` of a convolution of each channel by itself, of shape `[channels, 1, size, size]` with an odd
    /// size of at most 31, decoded as `[size, size, channels]`.
    public float[] channelKernel(String name, int channels) {
        Tensor tensor = required(name, "a tensor");
        Shape shape = tensor.shape();
        long size = shape.columns();
        if (size % 2 == 0 || size > MAX_KERNEL || !shape.equals(Shape.of(channels, 1, size, size))) {
            throw new ModelFormatException(
                    fileName(),
                    "tensor " + name,
                    "shape " + shape,
                    "shape [" + channels + ", 1, size, size] with an odd size up to " + MAX_KERNEL,
                    "");
        }
        Matrix stored = matrixOf(tensor.reshaped(channels, size * size));
        int taps = stored.columns();
        float[] one = new float[taps];
        float[] values = new float[Math.multiplyExact(taps, channels)];
        for (int c = 0; c < channels; c++) {
            stored.row(c, one, 0);
            for (int i = 0; i < taps; i++) {
                values[i * channels + c] = one[i];
            }
        }
        return values;
    }

    /// The table `name`, of shape `[rows, columns]`, decoded.
    public float[] table(String name, int rows, int columns) {
        Matrix matrix = matrix(name, rows, columns);
        float[] values = new float[Math.multiplyExact(rows, columns)];
        for (int i = 0; i < rows; i++) {
            matrix.row(i, values, i * columns);
        }
        return values;
    }

    /// The vector `name` of `length` elements, decoded. Leading axes of size 1 are ignored.
    public float[] vector(String name, int length) {
        Tensor tensor = required(name, "shape " + Shape.of(length));
        if (tensor.shape().elements() != length || tensor.shape().columns() != length) {
            throw wrongShape(tensor, Shape.of(length));
        }
        float[] values = new float[length];
        matrixOf(tensor).row(0, values, 0);
        return values;
    }

    /// As [#vector], of numbers that something is divided by.
    public float[] divisors(String name, int length) {
        float[] values = vector(name, length);
        for (int i = 0; i < length; i++) {
            if (!(values[i] > 0 && values[i] < Float.POSITIVE_INFINITY)) {
                throw new ModelFormatException(
                        fileName(),
                        "tensor " + name,
                        values[i] + " in element " + i,
                        "positive finite numbers, by which frequencies are divided",
                        "the weights are damaged");
            }
        }
        return values;
    }

    /// As [#vector], or null if there is no such tensor.
    public float @Nullable [] vectorOrNull(String name, int length) {
        return has(name) ? vector(name, length) : null;
    }

    /// The layer `prefix.weight` of shape `[out, in]`, with `prefix.bias` of `out` elements if that is there.
    public Linear linear(String prefix, int in, int out) {
        return new Linear(matrix(prefix + ".weight", out, in), vectorOrNull(prefix + ".bias", out));
    }

    /// The layer `prefix.weight` that is stored with rows and columns exchanged, `[in, out]`, decoded to the heap;
    /// as many outputs as the tensor has columns.
    ///
    /// @throws ResourceLimitException if its floats do not fit into an array
    public Linear linearTurned(String prefix, int in) {
        String name = prefix + ".weight";
        Shape shape = shape(name);
        if (shape.rank() != 2 || shape.rows() != in) {
            throw new ModelFormatException(fileName(), "tensor " + name, "shape " + shape, "shape [" + in + ", outputs]", "");
        }
        if (shape.elements() > Integer.MAX_VALUE / Float.BYTES) {
            throw new ResourceLimitException(
                    fileName() + ": tensor " + name,
                    shape.elements() + " elements",
                    Integer.MAX_VALUE / Float.BYTES + " elements",
                    "no known model has one of that size, check where the file comes from");
        }
        int out = (int) shape.columns();
        Matrix stored = matrix(name, in, out);
        float[] row = new float[out];
        float[] turned = new float[in * out];
        for (int i = 0; i < in; i++) {
            stored.row(i, row, 0);
            for (int o = 0; o < out; o++) {
                turned[o * in + i] = row[o];
            }
        }
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * turned.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(turned);
        Tensor tensor = new Tensor(name, TensorType.F32, Shape.of(out, in), MemorySegment.ofBuffer(bytes));
        return new Linear(Matrix.of(tensor), vectorOrNull(prefix + ".bias", out));
    }

    /// Outputs `first .. first + count` of the layer `prefix` of shape `[out, in]`: a part of layers that the
    /// file keeps fused. The matrix is not copied.
    public Linear linearRows(String prefix, int in, int out, int first, int count) {
        Tensor tensor = required(prefix + ".weight", "shape " + Shape.of(out, in));
        checkShape(tensor, Shape.of(out, in));
        float[] bias = vectorOrNull(prefix + ".bias", out);
        return new Linear(
                matrixOf(tensor.rows(first, count)),
                bias == null ? null : Arrays.copyOfRange(bias, first, first + count));
    }

    /// As [#linear], with as many outputs as the tensor has.
    public Linear linear(String prefix, int in) {
        Shape shape = shape(prefix + ".weight");
        long rows = shape.rank() == 2 ? shape.rows() : 0;
        if (rows <= 0 || rows > Integer.MAX_VALUE || shape.columns() != in) {
            throw new ModelFormatException(
                    fileName(), "tensor " + prefix + ".weight", "shape " + shape, "shape [outputs, " + in + "]", "");
        }
        return linear(prefix, in, (int) rows);
    }

    /// How many blocks `prefix0.`, `prefix1.`, ... the file has, going by the highest number that a tensor names:
    /// where one is missing between others, binding it says so.
    public int blocks(String prefix) {
        int count = 0;
        for (String name : file.tensors().keySet()) {
            int end = name.indexOf('.', prefix.length());
            if (name.startsWith(prefix) && end > prefix.length() && end - prefix.length() <= MAX_BLOCK_DIGITS) {
                String number = name.substring(prefix.length(), end);
                if (number.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    count = Math.max(count, Integer.parseInt(number) + 1);
                }
            }
        }
        return count;
    }

    /// The RMSNorm `prefix.weight`.
    public RowNorm rmsNorm(String prefix, int dim, float eps) {
        return new RowNorm.Rms(vector(prefix + ".weight", dim), eps);
    }

    /// The LayerNorm `prefix.weight`, with `prefix.bias` if that is there.
    public RowNorm layerNorm(String prefix, int dim, float eps) {
        return new RowNorm.Layer(vector(prefix + ".weight", dim), vectorOrNull(prefix + ".bias", dim), eps);
    }

    /// Makes sure, once everything is bound, that what a model may lack it lacks everywhere: a tensor of a block, or a bias
    /// of one of several layers, that others of its kind have was lost.
    ///
    /// @throws ModelFormatException naming the first that is missing, and one that is there
    public void checkEven() {
        Map<String, Tensor> kinds = new HashMap<>();
        file.tensors().values().forEach(tensor -> kinds.putIfAbsent(kind(tensor.name()), tensor));
        for (String name : absent) {
            Tensor other = kinds.get(kind(name));
            if (other != null) {
                throw new ModelFormatException(
                        fileName(),
                        "tensor " + name,
                        "nothing",
                        "shape " + other.shape() + ", as " + other.name() + " has",
                        "the file is incomplete");
            }
        }
    }

    /// The name without the number of its block, or of a bias's layer.
    private static String kind(String name) {
        return name.endsWith(".bias") || name.contains("blk.") ? NUMBER.matcher(name).replaceAll("#") : name;
    }

    /// Tensors that were never asked for, in the order of the file.
    public List<String> unused() {
        List<String> names = new ArrayList<>(file.tensors().keySet());
        names.removeAll(bound);
        return names;
    }

    /// What is worth telling of tensors that were never asked for: one line, or none.
    public List<String> unusedNotes() {
        List<String> unused = unused();
        return unused.isEmpty()
                ? List.of()
                : List.of(fileName() + ": " + unused.size() + " tensors are not used: "
                        + unused.stream().limit(TOLD).map(Printable::of).collect(Collectors.joining(", "))
                        + (unused.size() > TOLD ? ", ..." : ""));
    }

    private Tensor required(String name, String expected) {
        bound.add(name);
        Tensor tensor = file.tensorOrNull(name);
        if (tensor == null) {
            throw new ModelFormatException(
                    fileName(),
                    "tensor " + name,
                    "nothing",
                    expected,
                    "the file is incomplete, or it is not of the architecture that it names");
        }
        return tensor;
    }

    private void checkShape(Tensor tensor, Shape expected) {
        if (!tensor.shape().equals(expected)) {
            throw wrongShape(tensor, expected);
        }
    }

    private ModelFormatException wrongShape(Tensor tensor, Shape expected) {
        Shape found = tensor.shape();
        boolean turned = found.rank() == 2
                && expected.rank() == 2
                && found.dim(0) == expected.dim(1)
                && found.dim(1) == expected.dim(0);
        return new ModelFormatException(
                fileName(),
                "tensor " + tensor.name(),
                "shape " + found,
                "shape " + expected,
                turned ? "rows and columns are exchanged: the file was converted wrongly" : "");
    }

    private Matrix matrixOf(Tensor tensor) {
        try {
            return Matrix.of(tensor);
        } catch (IllegalArgumentException e) {
            throw new UnsupportedModelException(
                    fileName(),
                    "type " + tensor.type() + " for the weights of tensor " + tensor.name(),
                    "floating point and quantised types");
        }
    }
}
