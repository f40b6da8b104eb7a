package io.peregrine.cli.fuzz;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.quantize.Mix;
import io.peregrine.model.quantize.QuantizeOptions;
import io.peregrine.model.quantize.Quantizer;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/// GGUF files for the quantiser, with damage in their weights too; what it writes must be a file that can be opened.
final class QuantizeTarget implements Target {

    private static final ScratchFile SOURCE = new ScratchFile("source.gguf");
    private static final ScratchFile RESULT = new ScratchFile("result.gguf");
    private static final List<Mix> MIXES = List.of(Mix.values());

    /// Bits of floats at which searches for scales go wrong: NaN, infinity, the largest, the smallest, minus zero.
    private static final int[] BITS = {0x7fc0_0000, 0x7f80_0000, 0xff80_0000, 0x7f7f_ffff, 1, 0x8000_0000, 0x0080_0000};

    private final byte[] seed = file();
    private final GgufDamage damage = new GgufDamage(seed);

    @Override
    public String name() {
        return "quantize";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(seed);
    }

    @Override
    public boolean accepts(byte[] input) {
        Path source = SOURCE.holding(input);
        Path result = RESULT.holding(new byte[0]);
        Mix mix = MIXES.get(input.length == 0 ? 0 : (input[input.length - 1] & 0xff) % MIXES.size());
        QuantizeOptions options =
                QuantizeOptions.to(mix).withAllowRequantize(true).withReplace(true).withThreads(1);
        try {
            new Quantizer(options).quantize(source, result);
        } catch (PeregrineException e) {
            return Refusal.checked(e, "");
        }
        try (GgufFile file = GgufFile.open(result)) {
            return file.tensors().size() >= 0;
        }
    }

    @Override
    public long allowedBytes(int length) {
        return (64 << 20) + 64L * length;
    }

    @Override
    public byte[] damaged(byte[] seed, SplittableRandom random) {
        byte[] bytes = random.nextInt(3) == 0 ? damage.damaged(random) : seed.clone();
        for (int i = random.nextInt(4); i > 0 && bytes.length > 4; i--) {
            // The weights are the most of the file.
            int at = random.nextInt(bytes.length / 4, bytes.length) & -4;
            Damage.put(bytes, at, 4, BITS[random.nextInt(BITS.length)]);
        }
        if (bytes.length > 0) {
            bytes[bytes.length - 1] = (byte) random.nextInt();
        }
        return bytes;
    }

    /// A file with tensors of several types, of 256 columns as the large blocks want them.
    private static byte[] file() {
        GgufWriter writer = new GgufWriter().string("general.architecture", "llama").uint32("llama.block_count", 1);
        TensorType[] types = {TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.F32, TensorType.Q8_0};
        String[] names = {"token_embd", "blk.0.attn_v", "blk.0.ffn_down", "blk.0.attn_norm", "output"};
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < names.length; i++) {
            Shape shape = names[i].endsWith("norm") ? Shape.of(256) : Shape.of(2, 256);
            byte[] data = new byte[Math.toIntExact(shape.rows() * types[i].rowBytes(shape.columns()))];
            for (int at = 0; at < data.length; at += 4) {
                // As two halves of 16 bits these are plain numbers too.
                Damage.put(data, at, 4, Float.floatToRawIntBits((float) random.nextGaussian()) & 0xffff_3bff);
            }
            writer.tensor(names[i] + ".weight", types[i], shape, MemorySegment.ofArray(data));
        }
        Path path = SOURCE.holding(new byte[0]);
        writer.write(path);
        return Fixtures.bytes(path);
    }
}
