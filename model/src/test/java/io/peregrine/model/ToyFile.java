package io.peregrine.model;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufType;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Matrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A GGUF file in the making, whose keys and tensors can be changed before it is written; weights are F32.
public final class ToyFile {

    private final Map<String, Object> keys = new LinkedHashMap<>();
    private final Map<String, float[]> values = new LinkedHashMap<>();
    private final Map<String, Shape> shapes = new LinkedHashMap<>();
    private final Random random;

    public ToyFile(long seed) {
        random = new Random(seed);
    }

    /// Sets or replaces a key: a string, boolean, integer, float, `String[]`, `int[]`, `float[]` or `boolean[]`.
    public ToyFile key(String name, Object value) {
        keys.put(name, value);
        return this;
    }

    /// A number that was set with [#key], or another one.
    public int integer(String name, int absent) {
        return keys.get(name) instanceof Integer value ? value : absent;
    }

    /// A float that was set with [#key], or another number.
    public double number(String name, double absent) {
        return keys.get(name) instanceof Float value ? value : absent;
    }

    public ToyFile withoutKey(String name) {
        if (keys.remove(name) == null) {
            throw new IllegalArgumentException(name);
        }
        return this;
    }

    /// Sets or replaces a tensor of random weights, `scale / sqrt(columns)` wide around `mean`.
    public ToyFile tensor(String name, double mean, double scale, long... dims) {
        Shape shape = Shape.of(dims);
        float[] weights = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (mean + scale * random.nextGaussian() / Math.sqrt(shape.columns()));
        }
        shapes.put(name, shape);
        values.put(name, weights);
        return this;
    }

    /// A matrix of random weights of the size that keeps rows as large as they come.
    public ToyFile matrix(String name, long rows, long columns) {
        return tensor(name, 0, 1, rows, columns);
    }

    /// A vector around `mean`.
    public ToyFile vector(String name, double mean, long length) {
        return tensor(name, mean, 0.3 * Math.sqrt(length), length);
    }

    public ToyFile withoutTensor(String name) {
        if (values.remove(name) == null) {
            throw new IllegalArgumentException(name);
        }
        shapes.remove(name);
        return this;
    }

    /// Gives two tensors each other's names.
    public ToyFile exchange(String first, String second) {
        float[] weights = values.get(first);
        Shape shape = shapes.get(first);
        values.put(first, values.get(second));
        shapes.put(first, shapes.get(second));
        values.put(second, weights);
        shapes.put(second, shape);
        return this;
    }

    /// The weights of a tensor, which may be changed.
    public float[] weights(String name) {
        return values.get(name);
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    /// A vocabulary of the SentencePiece kind: `<unk>`, `<s>`, `</s>`, the 256 bytes, then words up to
    /// `size`.
    public ToyFile vocabulary(int size) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        int[] types = new int[size];
        types[0] = 2;
        types[1] = 3;
        types[2] = 3;
        for (int i = 3; i < size; i++) {
            boolean isByte = i < 259;
            tokens.add(isByte ? String.format("<0x%02X>", i - 3) : word(i - 259));
            types[i] = isByte ? 6 : 1;
        }
        float[] scores = new float[size];
        for (int i = 259; i < size; i++) {
            scores[i] = -i;
        }
        return key("tokenizer.ggml.model", "llama")
                .key("tokenizer.ggml.tokens", tokens.toArray(String[]::new))
                .key("tokenizer.ggml.scores", scores)
                .key("tokenizer.ggml.token_type", types)
                .key("tokenizer.ggml.bos_token_id", 1)
                .key("tokenizer.ggml.eos_token_id", 2)
                .key("tokenizer.ggml.unknown_token_id", 0);
    }

    /// Gives a token of the vocabulary another text and kind (the number in `tokenizer.ggml.token_type`).
    public ToyFile renameToken(int token, String text, int kind) {
        ((String[]) keys.get("tokenizer.ggml.tokens"))[token] = text;
        ((int[]) keys.get("tokenizer.ggml.token_type"))[token] = kind;
        return this;
    }

    /// `▁`, `a` to `z`, `aa` to `zz`.
    private static String word(int i) {
        if (i == 0) {
            return "\u2581";
        }
        String last = Character.toString('a' + (i - 1) % 26);
        return i <= 26 ? last : Character.toString('a' + (i - 27) / 26) + last;
    }

    /// Takes the values that the smaller weights of a file stand for.
    ///
    /// @return how many tensors of the file are not F32
    public int takeSmallWeights(Path path) {
        int taken = 0;
        try (GgufFile file = GgufFile.open(path)) {
            for (Tensor tensor : file.tensors().values()) {
                if (tensor.type() != TensorType.F32) {
                    Matrix matrix = Matrix.of(tensor);
                    for (int row = 0; row < matrix.rows(); row++) {
                        matrix.row(row, values.get(tensor.name()), row * matrix.columns());
                    }
                    taken++;
                }
            }
        }
        return taken;
    }

    public Path write(Path path) {
        GgufWriter writer = new GgufWriter();
        keys.forEach((name, value) -> {
            switch (value) {
                case String text -> writer.string(name, text);
                case Boolean flag -> writer.bool(name, flag);
                case Integer number -> writer.uint32(name, number);
                case Long number -> writer.uint32(name, number);
                case Float number -> writer.float32(name, number);
                case String[] texts -> writer.strings(name, texts);
                case int[] numbers -> writer.int32s(name, numbers);
                case float[] numbers -> writer.float32s(name, numbers);
                case boolean[] flags -> writer.putArray(name, GgufType.BOOL, flags);
                default -> throw new IllegalArgumentException(name);
            }
        });
        values.forEach((name, weights) -> {
            ByteBuffer bytes = ByteBuffer.allocate(4 * weights.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(weights);
            writer.tensor(name, TensorType.F32, shapes.get(name), MemorySegment.ofBuffer(bytes));
        });
        writer.write(path);
        return path;
    }
}
