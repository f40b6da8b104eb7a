package io.peregrine.bench.synthetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.Formats;
import io.peregrine.model.GenerateListener;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.GenerateResult;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.Session;
import io.peregrine.model.image.Image;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Synthetic models load, compute finite numbers, and depend on their seed alone.
class SyntheticModelTest {

    @TempDir
    Path folder;

    /// Generating fails if a logit is not finite.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
                "IQ4_NL", "IQ4_XS", "MXFP4", "IQ1_S", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "TQ1_0",
                "TQ2_0", "Q1_0", "Q2_0", "Q4_K_M", "Q5_K_M"
            })
    void everyFormatGenerates(String format) {
        Path path = folder.resolve("tiny.gguf");
        Main.run("llama-tiny", format, path.toString(), "--vocab", "700", "--layers", "8", "--ffn", "256");
        try (Model model = Model.load(path, LoadOptions.defaults().withThreads(2));
                Session session = model.newSession()) {
            GenerateResult result = session.generate(
                    Prompt.raw("hello world"),
                    GenerateOptions.greedy().withMaxTokens(4).withIgnoreEnd(true),
                    GenerateListener.NONE);
            assertEquals(4, result.tokens().size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"F32", "BF16", "Q8_0", "Q4_1", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS"})
    void weightsHaveTheSpreadThatKeepsActivations(String format) {
        Path path = folder.resolve("tiny.gguf");
        Main.run("llama-tiny", format, path.toString(), "--vocab", "300", "--width", "1024");
        try (GgufFile file = GgufFile.open(path)) {
            Tensor tensor = file.tensor("blk.1.attn_q.weight");
            int elements = (int) tensor.shape().elements();
            float[] weights = new float[elements];
            Formats.of(tensor.type()).decodePlainly(tensor.data(), 0, elements, weights, 0);
            double sum = 0;
            double squares = 0;
            for (float weight : weights) {
                sum += weight;
                squares += (double) weight * weight;
            }
            assertEquals(0, sum / elements, 0.001, format);
            assertEquals(1 / Math.sqrt(1024), Math.sqrt(squares / elements), 0.05 / Math.sqrt(1024), format);
        }
    }

    @Test
    void sameSeed_sameBytes_anotherSeed_others() throws IOException {
        byte[] first = write("--seed", "7");
        byte[] again = write("--seed", "7");
        byte[] other = write("--seed", "8");
        assertTrue(first.length > 1_000_000 && first.length == other.length);
        assertEquals(-1, Arrays.mismatch(first, again));
        assertFalse(Arrays.equals(first, first.length - 4096, first.length, other, other.length - 4096, other.length));
    }

    private byte[] write(String... options) throws IOException {
        Path path = folder.resolve("tiny.gguf");
        String[] args = new String[3 + options.length];
        System.arraycopy(options, 0, args, 3, options.length);
        args[0] = "llama-tiny";
        args[1] = "Q5_K_M";
        args[2] = path.toString();
        Main.run(args);
        byte[] bytes = Files.readAllBytes(path);
        Files.delete(path);
        return bytes;
    }

    /// Pieces are made in parallel; their order in the file and their bytes must not depend on that.
    @Test
    void aTensorOfManyPieces_hasNoTwoAlike() throws IOException {
        Path path = folder.resolve("wide.gguf");
        Main.run("llama-tiny", "Q8_0", path.toString(), "--vocab", "80000");
        byte[] bytes = Files.readAllBytes(path);
        try (GgufFile file = GgufFile.open(path)) {
            Tensor table = file.tensor("token_embd.weight");
            int piece = (1 << 20) / 34 * 34;
            byte[] pieces = table.data().toArray(ValueLayout.JAVA_BYTE);
            assertTrue(pieces.length > 17 * piece && pieces.length < bytes.length);
            for (int i = 1; i < pieces.length / piece; i++) {
                assertFalse(Arrays.equals(pieces, 0, 64, pieces, i * piece, i * piece + 64), "piece " + i);
            }
        }
    }

    @Test
    void mixesAreThoseOfTheReference() {
        Path path = folder.resolve("mix.gguf");
        Main.run("llama-tiny", "Q4_K_M", path.toString(), "--vocab", "300", "--layers", "16");
        try (GgufFile file = GgufFile.open(path)) {
            StringBuilder better = new StringBuilder();
            for (int i = 0; i < 16; i++) {
                TensorType type = file.tensor("blk." + i + ".attn_v.weight").type();
                assertEquals(type, file.tensor("blk." + i + ".ffn_down.weight").type());
                better.append(type == TensorType.Q6_K ? '6' : '4');
            }
            assertEquals("6644644644644666", better.toString());
            assertEquals(TensorType.Q6_K, file.tensor("output.weight").type());
            assertEquals(TensorType.Q4_K, file.tensor("token_embd.weight").type());
            assertEquals(TensorType.Q4_K, file.tensor("blk.0.ffn_up.weight").type());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"F16", "Q8_0"})
    void aTowerEncodes(String format) {
        Path text = folder.resolve("text.gguf");
        Path vision = folder.resolve("vision.gguf");
        Main.run("llama-tiny", "F16", text.toString(), "--vocab", "700");
        Main.run(
                "clip-l-336",
                format,
                vision.toString(),
                "--layers",
                "3",
                "--feature-layer",
                "2",
                "--width",
                "64",
                "--ffn",
                "128",
                "--heads",
                "2",
                "--image",
                "28",
                "--projection",
                "256");
        try (Model model = Model.load(text, LoadOptions.defaults().withMmproj(vision));
                Session session = model.newSession()) {
            GenerateResult result = session.generate(
                    Prompt.raw("a " + Prompt.MEDIA + " b", Image.of(new byte[192], 8, 8)),
                    GenerateOptions.greedy().withMaxTokens(4).withIgnoreEnd(true),
                    GenerateListener.NONE);
            assertEquals(4, result.imageTokens());
            assertEquals(4, result.tokens().size());
        }
    }

    @Test
    void wrongArgumentsSayWhatIsWrong() {
        String file = folder.resolve("none.gguf").toString();
        assertEquals("preset llama-9 is unknown", message("llama-9", "F16", file));
        assertEquals("found 2 arguments that are no options, expected 3", message("llama-tiny", "F16"));
        assertEquals(
                "format IQ1_M is unknown; known are the types of weights in GGUF files but IQ1_M and NVFP4, and the"
                        + " mixes Q4_K_M and Q5_K_M",
                message("llama-tiny", "IQ1_M", file));
        assertEquals("option --seed needs a value", message("llama-tiny", "F16", file, "--seed"));
        assertEquals("option --seed: found x, expected a number", message("llama-tiny", "F16", file, "--seed", "x"));
        assertEquals(
                "option --layers: found 0, expected a number from 1 to 16777216",
                message("llama-tiny", "F16", file, "--layers", "0"));
        assertEquals(
                "option --depth is unknown; clip-l-336 has --layers, --width, --ffn, --heads, --image, --patch,"
                        + " --feature-layer, --projection",
                message("clip-l-336", "F16", file, "--depth", "2"));
        assertEquals(
                "tensor token_embd.weight with rows of 96 elements cannot be Q4_K, which stores blocks of 256",
                message("llama-tiny", "Q4_K", file, "--width", "96"));
        assertFalse(Files.exists(Path.of(file)));
    }

    private static String message(String... args) {
        return assertThrows(UsageException.class, () -> Main.run(args)).getMessage();
    }
}
