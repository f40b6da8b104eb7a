package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyMiniGpt;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The vision sides of MiniGPT-4 and MiniGPT-v2: shapes, ways of storing the same weights, and files that are
/// wrong.
class MiniGptTest {

    private static final int OUT = 32;

    @TempDir
    private Path folder;

    private interface Use<T> {
        T of(ImageEncoder encoder, Weights weights);
    }

    private <T> T bound(ToyFile toy, VisionOptions options, Use<T> use) {
        Path path = toy.write(folder.resolve("mmproj.gguf"));
        try (GgufFile file = GgufFile.open(path)) {
            Weights weights = new Weights(file);
            return use.of(ImageEncoders.bind(file.metadata(), weights, options, note -> {}), weights);
        }
    }

    private float[] embedding(ToyFile toy, VisionOptions options) {
        byte[] rgb = new byte[3 * 20 * 14];
        new Random(5).nextBytes(rgb);
        Image image = Image.of(rgb, 20, 14);
        return bound(toy, options, (encoder, weights) -> {
            assertEquals(List.of(), weights.unused());
            assertEquals(OUT, encoder.dim());
            PreparedPicture picture = encoder.prepare(image);
            try (Workers workers = new Workers(2)) {
                Rows rows = encoder.encode(new Pass(new Compute(workers, true), () -> false), picture)
                        .getFirst();
                assertEquals(picture.blocks().getFirst().tokens(), rows.rows());
                assertEquals(OUT, rows.width());
                return rows.toArray();
            }
        });
    }

    @Test
    void miniGpt4_hasAsManyRowsAsQueries() {
        float[] rows = embedding(ToyMiniGpt.qformer(3, OUT), VisionOptions.DEFAULT);
        assertEquals(ToyMiniGpt.QUERIES * OUT, rows.length);
    }

    @ParameterizedTest
    @CsvSource({"1, 9", "3, 3", "9, 1"})
    void miniGptV2_joinsAsManyPatchesAsTheFileSays(int stack, int rows) {
        ToyFile file = ToyMiniGpt.stacked(3, OUT)
                .key("clip.vision.projector.stack_factor", stack)
                .matrix("mm.0.weight", OUT, 16L * stack);
        assertEquals(rows * OUT, embedding(file, VisionOptions.DEFAULT).length);
    }

    @Test
    void fusedAndSingleProjections_areTheSame() {
        ToyFile file = ToyMiniGpt.stacked(3, OUT);
        float[] expected = embedding(file, VisionOptions.DEFAULT);
        for (int block = 0; block < 2; block++) {
            String name = "v.blk." + block + ".attn_";
            float[] weights = file.weights(name + "qkv.weight");
            float[] biases = file.weights(name + "qkv.bias");
            for (int part = 0; part < 3; part++) {
                String single = name + "qkv".charAt(part);
                file.matrix(single + ".weight", 16, 16).vector(single + ".bias", 0, 16);
                System.arraycopy(weights, part * 256, file.weights(single + ".weight"), 0, 256);
                System.arraycopy(biases, part * 16, file.weights(single + ".bias"), 0, 16);
            }
            file.withoutTensor(name + "qkv.weight").withoutTensor(name + "qkv.bias");
        }
        assertArrayEquals(expected, embedding(file, VisionOptions.DEFAULT));
    }

    @Test
    void keysThatTheTensorsTell_mayBeLeftOut() {
        float[] expected = embedding(ToyMiniGpt.qformer(3, OUT), VisionOptions.DEFAULT);
        ToyFile bare = ToyMiniGpt.qformer(3, OUT)
                .withoutKey("clip.vision.projector.query_count")
                .withoutKey("clip.vision.projector.cross_attention_interval")
                .withoutKey("clip.vision.projector.layer_norm_epsilon")
                .withoutKey("clip.vision.post_layer_norm_epsilon");
        assertArrayEquals(expected, embedding(bare, VisionOptions.DEFAULT));
    }

    @Test
    void theFileMaySayAnyGelu_itIsExact() {
        float[] expected = embedding(ToyMiniGpt.qformer(3, OUT), VisionOptions.DEFAULT);
        ToyFile other = ToyMiniGpt.qformer(3, OUT).key("clip.use_gelu", false);
        assertArrayEquals(expected, embedding(other, VisionOptions.DEFAULT));
    }

    @Test
    void picturesAreSquashed_unlessTheCallerWantsAnotherFit() {
        float[] squashed = embedding(ToyMiniGpt.stacked(3, OUT), VisionOptions.DEFAULT);
        assertArrayEquals(squashed, embedding(ToyMiniGpt.stacked(3, OUT), new VisionOptions(-1, Fit.SQUASH)));
        float[] padded = embedding(ToyMiniGpt.stacked(3, OUT), new VisionOptions(-1, Fit.PAD));
        assertEquals(0, Arrays.mismatch(squashed, padded));
    }

    @Test
    void featureLayer_leavesTheLastBlocksOut() {
        List<String> unused = bound(
                ToyMiniGpt.stacked(3, OUT), new VisionOptions(1, null), (encoder, weights) -> weights.unused());
        assertEquals(12, unused.size());
        assertEquals("v.blk.1.ln1.weight", unused.getFirst());
    }

    @Test
    void tasksAndTemplate_areThoseOfTheSizeOfThePictures() {
        ToyFile v2 = ToyMiniGpt.stacked(3, OUT);
        assertEquals("minigpt-v2", bound(v2, VisionOptions.DEFAULT, (encoder, weights) -> encoder.chatTemplate()));
        assertEquals(
                "{vqa=[vqa] , caption=[caption] , grounding=[grounding] , refer=[refer] , identify=[identify] , "
                        + "detection=[detection] }",
                bound(v2, VisionOptions.DEFAULT, (encoder, weights) -> encoder.tasks().toString()));
        ToyFile llama2 = ToyMiniGpt.stacked(3, OUT)
                .key("clip.vision.image_size", 224)
                .key("clip.vision.patch_size", 56)
                .key("clip.vision.projector.stack_factor", 4)
                .tensor("v.patch_embd.weight", 0, 1, 16, 3, 56, 56)
                .matrix("v.position_embd.weight", 17, 16)
                .matrix("mm.0.weight", OUT, 64);
        assertEquals(
                "minigpt4-llama2", bound(llama2, VisionOptions.DEFAULT, (encoder, weights) -> encoder.chatTemplate()));
        assertEquals(Map.of(), bound(llama2, VisionOptions.DEFAULT, (encoder, weights) -> encoder.tasks()));
    }

    private static Arguments row(String name, UnaryOperator<ToyFile> change, String message) {
        return Arguments.of(name, change, message);
    }

    static List<Arguments> wrongQFormers() {
        return List.of(
                row(
                        "no class token",
                        f -> f.withoutTensor("v.class_embd"),
                        "mmproj.gguf: an EVA tower without a class token (v.class_embd) is not supported; supported:"
                                + " towers with one"),
                row(
                        "no post-norm",
                        f -> f.withoutTensor("v.post_ln.weight"),
                        "mmproj.gguf: tensor v.post_ln.weight: found nothing, expected shape [16]; the file is"
                                + " incomplete, or it is not of the architecture that it names"),
                row(
                        "fused projection too small",
                        f -> f.matrix("v.blk.1.attn_qkv.weight", 32, 16),
                        "mmproj.gguf: tensor v.blk.1.attn_qkv.weight: found shape [32, 16], expected shape [48, 16]"),
                row(
                        "fused bias too small",
                        f -> f.vector("v.blk.1.attn_qkv.bias", 0, 32),
                        "mmproj.gguf: tensor v.blk.1.attn_qkv.bias: found shape [32], expected shape [48]"),
                row(
                        "no queries",
                        f -> f.withoutTensor("v.proj_query"),
                        "mmproj.gguf: tensor v.proj_query: found nothing, expected a tensor; the file is incomplete,"
                                + " or it is not of the architecture that it names"),
                row(
                        "queries of three axes",
                        f -> f.tensor("v.proj_query", 0, 1, 2, 5, 12),
                        "mmproj.gguf: tensor v.proj_query: found shape [2, 5, 12], expected shape [queries, width]"),
                row(
                        "other number of queries",
                        f -> f.key("clip.vision.projector.query_count", 6),
                        "mmproj.gguf: tensor v.proj_query: found 5 rows, expected 6, as"
                                + " clip.vision.projector.query_count says"),
                row(
                        "queries of another width",
                        f -> f.matrix("v.proj_query", 5, 15),
                        "mmproj.gguf: tensor v.proj_norm.weight: found shape [12], expected shape [15]"),
                row(
                        "heads",
                        f -> f.key("clip.vision.projector.head_count", 5),
                        "mmproj.gguf: key clip.vision.projector.head_count: found 5, expected a divisor of 12, the"
                                + " width of v.proj_query"),
                row(
                        "heads missing",
                        f -> f.withoutKey("clip.vision.projector.head_count"),
                        "mmproj.gguf: key clip.vision.projector.head_count: found nothing, expected uint32"),
                row(
                        "a layer missing between others",
                        ToyMiniGpt::withoutSecondLayer,
                        "mmproj.gguf: tensor v.proj_blk.1.self_attn_q.weight: found nothing, expected shape [12, 12];"
                                + " the file is incomplete, or it is not of the architecture that it names"),
                row(
                        "a layer with a number that is no layer's",
                        f -> f.vector("v.proj_blk.999999.ffn_norm.weight", 0, 12)
                                .withoutKey("clip.vision.projector.cross_attention_interval"),
                        "mmproj.gguf: tensor v.proj_blk.3.self_attn_q.weight: found nothing, expected shape [12, 12];"
                                + " the file is incomplete, or it is not of the architecture that it names"),
                row(
                        "part of a crossing",
                        f -> f.withoutTensor("v.proj_blk.2.cross_attn_q.weight"),
                        "mmproj.gguf: tensor v.proj_blk.2.cross_attn_q.weight: found nothing, expected shape [12, 12];"
                                + " the file is incomplete, or it is not of the architecture that it names"),
                row(
                        "crossings against the key",
                        f -> f.key("clip.vision.projector.cross_attention_interval", 1),
                        "mmproj.gguf: tensors v.proj_blk.1.cross_attn_*: found none, expected some:"
                                + " clip.vision.projector.cross_attention_interval is 1"),
                row(
                        "more crossings than the key says",
                        f -> f.key("clip.vision.projector.cross_attention_interval", 3),
                        "mmproj.gguf: tensors v.proj_blk.2.cross_attn_*: found some, expected none:"
                                + " clip.vision.projector.cross_attention_interval is 3"),
                row(
                        "keys of the queries' width",
                        f -> f.matrix("v.proj_blk.0.cross_attn_k.weight", 12, 12),
                        "mmproj.gguf: tensor v.proj_blk.0.cross_attn_k.weight: found shape [12, 12], expected shape"
                                + " [12, 16]"),
                row(
                        "feed-forward of another width",
                        f -> f.matrix("v.proj_blk.0.ffn_down.weight", 12, 21),
                        "mmproj.gguf: tensor v.proj_blk.0.ffn_down.weight: found shape [12, 21], expected shape"
                                + " [12, 20]"),
                row(
                        "no linear layer",
                        f -> f.withoutTensor("v.proj_linear.weight"),
                        "mmproj.gguf: tensor v.proj_linear.weight: found nothing, expected a tensor; the file is"
                                + " incomplete, or it is not of the architecture that it names"));
    }

    @ParameterizedTest
    @MethodSource
    void wrongQFormers(String name, UnaryOperator<ToyFile> change, String message) {
        check(change.apply(ToyMiniGpt.qformer(3, OUT)), message);
    }

    static List<Arguments> wrongStacks() {
        return List.of(
                row(
                        "a factor that does not divide",
                        f -> f.key("clip.vision.projector.stack_factor", 2),
                        "mmproj.gguf: key clip.vision.projector.stack_factor: found 2, expected a divisor of 9, the"
                                + " number of patches of a picture"),
                row(
                        "no factor",
                        f -> f.withoutKey("clip.vision.projector.stack_factor"),
                        "mmproj.gguf: key clip.vision.projector.stack_factor: found nothing, expected uint32"),
                row(
                        "a projector for another factor",
                        f -> f.matrix("mm.0.weight", OUT, 64),
                        "mmproj.gguf: tensor mm.0.weight: found shape [32, 64], expected shape [outputs, 48]"),
                row(
                        "no projector",
                        f -> f.withoutTensor("mm.0.weight"),
                        "mmproj.gguf: tensor mm.0.weight: found nothing, expected a tensor; the file is incomplete, or"
                                + " it is not of the architecture that it names"));
    }

    @ParameterizedTest
    @MethodSource
    void wrongStacks(String name, UnaryOperator<ToyFile> change, String message) {
        check(change.apply(ToyMiniGpt.stacked(3, OUT)), message);
    }

    private void check(ToyFile toy, String message) {
        PeregrineException error = assertThrows(
                PeregrineException.class, () -> bound(toy, VisionOptions.DEFAULT, (encoder, weights) -> ""));
        assertEquals(message, String.valueOf(error.getMessage()).replace(folder + "/", ""));
    }
}
