package io.peregrine.cli.fuzz;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufType;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/// The structure of GGUF files: every key and every tensor of a file is looked at, nothing is made of them.
final class GgufTarget implements Target {

    private static final ScratchFile SCRATCH = new ScratchFile("m.gguf");

    private final List<byte[]> seeds = List.of(file(0), file(3), file(9));
    private final Map<byte[], GgufDamage> damages = new ConcurrentHashMap<>();

    @Override
    public String name() {
        return "gguf";
    }

    @Override
    public List<byte[]> seeds() {
        return seeds;
    }

    @Override
    public boolean accepts(byte[] input) {
        Path path = SCRATCH.holding(input);
        try (GgufFile file = GgufFile.open(path)) {
            file.metadata().keys().forEach(file.metadata()::value);
            file.tensors().values().forEach(tensor -> tensor.data().byteSize());
            return true;
        } catch (PeregrineException e) {
            return Refusal.checked(e, path.toString());
        }
    }

    /// The promise is `length` and 64 MB; this is what it takes.
    @Override
    public long allowedBytes(int length) {
        return (256 << 10) + 16L * length;
    }

    @Override
    public byte[] damaged(byte[] seed, SplittableRandom random) {
        return random.nextInt(3) == 0
                ? Damage.bytes(seed, random)
                : damages.computeIfAbsent(seed, GgufDamage::new).damaged(random);
    }

    /// A file with keys of all types, and so many tensors.
    private static byte[] file(int tensors) {
        GgufWriter writer = new GgufWriter();
        writer.string("general.architecture", "llama").string("empty", "").bool("bool", true);
        writer.uint32("uint32", 7).float32("float32", 0.5f).put("uint8", GgufType.UINT8, 200);
        writer.put("int64", GgufType.INT64, -5L).put("float64", GgufType.FLOAT64, 1e300);
        writer.strings("strings", "a", "", "bc").int32s("ints", 1, -2, 3).float32s("floats", 1, 2);
        writer.putArray("nested", GgufType.ARRAY, new Object[] {new String[] {"x"}, new int[] {4, 5}});
        TensorType[] types = {TensorType.F32, TensorType.Q4_0, TensorType.Q6_K, TensorType.F16, TensorType.Q8_0};
        for (int i = 0; i < tensors; i++) {
            TensorType type = types[i % types.length];
            Shape shape = i == 0 ? Shape.of(5) : Shape.of(1 + i % 3, type.isBlocked() ? type.blockElements() : 6);
            byte[] data = new byte[Math.toIntExact(shape.rows() * type.rowBytes(shape.columns()))];
            writer.tensor("blk." + i + ".weight", type, shape, MemorySegment.ofArray(data));
        }
        if (tensors > 5) {
            writer.alignment(64);
        }
        Path path = SCRATCH.holding(new byte[0]);
        writer.write(path);
        return Fixtures.bytes(path);
    }
}
