package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.model.arch.Decoders;
import io.peregrine.model.arch.ImageEncoders;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Files that are whole and yet no models: rows 29 to 33 and 38 to 40 of the catalogue of bad inputs.
class BadModelTest {

    @TempDir
    private Path folder;

    private static Arguments row(
            String name, UnaryOperator<ToyFile> change, Class<? extends PeregrineException> type, String message) {
        return Arguments.of(name, change, type, message);
    }

    static List<Arguments> text() {
        Class<ModelFormatException> mf = ModelFormatException.class;
        Class<UnsupportedModelException> um = UnsupportedModelException.class;
        return List.of(
                row(
                        "29 architecture-unknown: missing",
                        f -> f.withoutKey("general.architecture"),
                        mf,
                        "toy.gguf: key general.architecture: found nothing, expected string"),
                row(
                        "39 projector-mismatch: a vision file as the model",
                        f -> f.key("general.architecture", "clip"),
                        mf,
                        "toy.gguf: key general.architecture: found 'clip', a vision file, expected a text model; give this file as mmproj, and the text model that belongs to it as the model"),
                row(
                        "30 hyperparameter-missing: blocks",
                        f -> f.withoutKey("llama.block_count"),
                        mf,
                        "toy.gguf: key llama.block_count: found nothing, expected uint32"),
                row(
                        "31 hyperparameter-absurd: heads 0",
                        f -> f.key("llama.attention.head_count", 0),
                        mf,
                        "toy.gguf: key llama.attention.head_count at byte 217: found 0, expected a number from 1 to 4096"),
                row(
                        "31 hyperparameter-absurd: blocks 2^31",
                        f -> f.key("llama.block_count", 1L << 31),
                        mf,
                        "toy.gguf: key llama.block_count at byte 69: found 2147483648, expected a number from 1 to 1024"),
                row(
                        "31 hyperparameter-absurd: width not divisible",
                        f -> f.key("llama.attention.head_count", 5).key("llama.attention.head_count_kv", 5),
                        mf,
                        "toy.gguf: key llama.attention.head_count: found 5, expected a divisor of llama.embedding_length, which is 32"),
                row(
                        "31 hyperparameter-absurd: more kv heads than heads",
                        f -> f.key("llama.attention.head_count_kv", 8),
                        mf,
                        "toy.gguf: key llama.attention.head_count_kv at byte 259: found 8, expected a number from 1 to 4"),
                row(
                        "31 hyperparameter-absurd: kv heads do not divide heads",
                        f -> f.key("llama.attention.head_count_kv", 3),
                        mf,
                        "toy.gguf: key llama.attention.head_count_kv: found 3, expected a divisor of llama.attention.head_count, which is 4"),
                row(
                        "31 hyperparameter-absurd: eps NaN",
                        f -> f.key("llama.attention.layer_norm_rms_epsilon", Float.NaN),
                        mf,
                        "toy.gguf: key llama.attention.layer_norm_rms_epsilon at byte 304: found NaN, expected a number from 0.0 to 1.0"),
                row(
                        "31 hyperparameter-absurd: eps negative",
                        f -> f.key("llama.attention.layer_norm_rms_epsilon", -1e-5f),
                        mf,
                        "toy.gguf: key llama.attention.layer_norm_rms_epsilon at byte 304: found -1.0E-5, expected a number from 0.0 to 1.0"),
                row(
                        "31 hyperparameter-absurd: rope base 0",
                        f -> f.key("llama.rope.freq_base", 0f),
                        mf,
                        "toy.gguf: key llama.rope.freq_base at byte 358: found 0.0, expected a number from 1.0 to 1.0E12"),
                row(
                        "31 hyperparameter-absurd: rope dimensions odd",
                        f -> f.key("llama.rope.dimension_count", 5),
                        mf,
                        "toy.gguf: key llama.rope.dimension_count: found 5, expected an even number"),
                row(
                        "31 hyperparameter-absurd: rope dimensions beyond the head",
                        f -> f.key("llama.rope.dimension_count", 16),
                        mf,
                        "toy.gguf: key llama.rope.dimension_count at byte 394: found 16, expected a number from 2 to 8"),
                row(
                        "31 hyperparameter-absurd: heads as text",
                        f -> f.key("llama.attention.head_count", "four"),
                        mf,
                        "toy.gguf: key llama.attention.head_count at byte 217: found string, expected uint32"),
                row(
                        "31 hyperparameter-absurd: value length",
                        f -> f.key("llama.attention.value_length", 4),
                        um,
                        "toy.gguf: llama.attention.value_length 4 beside llama.attention.key_length 8 is not supported; supported: equal lengths"),
                row(
                        "31 hyperparameter-absurd: experts",
                        f -> f.key("llama.expert_count", 8),
                        um,
                        "toy.gguf: a mixture of experts (llama.expert_count) is not supported; supported: dense llama models"),
                row(
                        "31 hyperparameter-absurd: rope divisor 0",
                        f -> {
                            f.vector("rope_freqs.weight", 1, 4);
                            f.weights("rope_freqs.weight")[2] = 0;
                            return f;
                        },
                        mf,
                        "toy.gguf: tensor rope_freqs.weight: found 0.0 in element 2, expected positive finite numbers, by which frequencies are divided; the weights are damaged"),
                row(
                        "31 hyperparameter-absurd: yarn",
                        f -> f.key("llama.rope.scaling.type", "yarn"),
                        um,
                        "toy.gguf: llama.rope.scaling.type 'yarn' is not supported; supported: none, linear, and the tensor rope_freqs.weight (llama3)"),
                row(
                        "32 tensor-missing / tensor-shape-swapped: missing",
                        f -> f.withoutTensor("blk.1.attn_q.weight"),
                        mf,
                        "toy.gguf: tensor blk.1.attn_q.weight: found nothing, expected shape [32, 32]; the file is incomplete, or it is not of the architecture that it names"),
                row(
                        "32 tensor-missing / tensor-shape-swapped: swapped",
                        f -> f.matrix("blk.1.ffn_down.weight", 48, 32),
                        mf,
                        "toy.gguf: tensor blk.1.ffn_down.weight: found shape [48, 32], expected shape [32, 48]; rows and columns are exchanged: the file was converted wrongly"),
                row(
                        "32 tensor-missing / tensor-shape-swapped: bias too long",
                        f -> f.vector("blk.0.attn_q.bias", 0, 33),
                        mf,
                        "toy.gguf: tensor blk.0.attn_q.bias: found shape [33], expected shape [32]"),
                row(
                        "32 tensor-missing / tensor-shape-swapped: three axes",
                        f -> f.tensor("output.weight", 0, 1, 3, 100, 32),
                        mf,
                        "toy.gguf: tensor output.weight: found shape [3, 100, 32], expected shape [300, 32]"),
                row(
                        "18 dim-zero / dim-negative: a weight of the model",
                        f -> f.tensor("blk.0.attn_norm.weight", 0, 1, 0),
                        mf,
                        "toy.gguf: tensor blk.0.attn_norm.weight: found shape [0], expected shape [32]"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void text(String name, UnaryOperator<ToyFile> change, Class<? extends PeregrineException> type, String message) {
        Path file = change.apply(ToyLlama.usual().file(1)).write(folder.resolve("toy.gguf"));
        check(file, LoadOptions.defaults(), type, message);
    }

    @Test
    @DisplayName("29 architecture-unknown")
    void architectureUnknown() {
        text(
                "",
                f -> f.key("general.architecture", "foo"),
                UnsupportedModelException.class,
                "toy.gguf: architecture 'foo' is not supported; supported: "
                        + String.join(", ", Decoders.names()));
    }

    @Test
    @DisplayName("30 hyperparameter-missing")
    void hyperparameterMissing() {
        text(
                "",
                f -> f.withoutKey("llama.attention.head_count"),
                ModelFormatException.class,
                "toy.gguf: key llama.attention.head_count: found nothing, expected uint32");
    }

    @Test
    @DisplayName("38 vocab-vs-embedding")
    void vocabVsEmbedding() {
        text(
                "",
                f -> f.matrix("token_embd.weight", 299, 32),
                ModelFormatException.class,
                "toy.gguf: tensor token_embd.weight: found 299 rows, expected 300, one for each token of tokenizer.ggml.tokens; the vocabulary and the weights are of different models");
    }

    @Test
    @DisplayName("39 projector-mismatch")
    void projectorMismatch() {
        vision(
                "",
                f -> ToyLlava.file(2, 40),
                ModelFormatException.class,
                "mmproj.gguf: width of its image embeddings: found 40, expected 32, the width of toy.gguf; take the vision file that was made for this model");
    }

    static List<Arguments> vision() {
        Class<ModelFormatException> mf = ModelFormatException.class;
        Class<UnsupportedModelException> um = UnsupportedModelException.class;
        return List.of(
                row(
                        "29 architecture-unknown: projector unknown",
                        f -> f.key("clip.projector_type", "foo"),
                        um,
                        "mmproj.gguf: projector type 'foo' is not supported; supported: "
                                + String.join(", ", ImageEncoders.names())),
                row(
                        "29 architecture-unknown: projector not named",
                        f -> f.withoutKey("clip.projector_type").withoutTensor("mm.0.weight"),
                        mf,
                        "mmproj.gguf: key clip.projector_type: found nothing, expected string"),
                row(
                        "29 architecture-unknown: aspect ratio",
                        f -> f.key("clip.vision.image_aspect_ratio", "stretch"),
                        um,
                        "mmproj.gguf: clip.vision.image_aspect_ratio 'stretch' is not supported; supported: pad, square, anyres"),
                row(
                        "29 architecture-unknown: no class token",
                        f -> f.withoutTensor("v.class_embd"),
                        um,
                        "mmproj.gguf: a tower with v.pre_ln and without v.class_embd before an mlp projector is not supported;"
                                + " supported: CLIP towers, which have both, and SigLIP towers, which have neither"),
                row(
                        "29 architecture-unknown: no norm in front",
                        f -> f.withoutTensor("v.pre_ln.weight"),
                        um,
                        "mmproj.gguf: a tower with v.class_embd and without v.pre_ln before an mlp projector is not supported;"
                                + " supported: CLIP towers, which have both, and SigLIP towers, which have neither"),
                row(
                        "30 hyperparameter-missing: mean",
                        f -> f.withoutKey("clip.vision.image_mean"),
                        mf,
                        "mmproj.gguf: key clip.vision.image_mean: found nothing, expected three numbers from -1000.0 to 1000.0"),
                row(
                        "31 hyperparameter-absurd: std 0",
                        f -> f.key("clip.vision.image_std", new float[] {1, 1, 0}),
                        mf,
                        "mmproj.gguf: key clip.vision.image_std: found [1.0, 1.0, 0.0], expected three numbers from 1.0E-6 to 1000.0"),
                row(
                        "31 hyperparameter-absurd: mean of two",
                        f -> f.key("clip.vision.image_mean", new float[] {1, 1}),
                        mf,
                        "mmproj.gguf: key clip.vision.image_mean: found 2 numbers, expected three numbers from -1000.0 to 1000.0"),
                row(
                        "31 hyperparameter-absurd: heads",
                        f -> f.key("clip.vision.attention.head_count", 3),
                        mf,
                        "mmproj.gguf: key clip.vision.attention.head_count: found 3, expected a divisor of clip.vision.embedding_length, which is 16"),
                row(
                        "31 hyperparameter-absurd: feature layer",
                        f -> f.key("clip.vision.feature_layer", new int[] {3}),
                        mf,
                        "mmproj.gguf: key clip.vision.feature_layer: found [3], expected at least one number from 0 to 2"),
                row(
                        "31 hyperparameter-absurd: feature layers none",
                        f -> f.key("clip.vision.feature_layer", new int[0]),
                        mf,
                        "mmproj.gguf: key clip.vision.feature_layer: found [], expected at least one number from 0 to 2"),
                row(
                        "31 hyperparameter-absurd: feature layer negative",
                        f -> f.key("clip.vision.feature_layer", new int[] {-2}),
                        mf,
                        "mmproj.gguf: key clip.vision.feature_layer: found [-2], expected at least one number from 0 to 2"),
                row(
                        "32 tensor-missing / tensor-shape-swapped: positions",
                        f -> f.matrix("v.position_embd.weight", 4, 16),
                        mf,
                        "mmproj.gguf: tensor v.position_embd.weight: found shape [4, 16], expected shape [5, 16]"),
                row(
                        "32 tensor-missing / tensor-shape-swapped: patches",
                        f -> f.tensor("v.patch_embd.weight", 0, 1, 16, 3, 4, 5),
                        mf,
                        "mmproj.gguf: tensor v.patch_embd.weight: found shape [16, 3, 4, 5], expected shape [16, 3, 4, 4]"),
                row(
                        "32 tensor-missing / tensor-shape-swapped: projector",
                        f -> f.matrix("mm.2.weight", 32, 31),
                        mf,
                        "mmproj.gguf: tensor mm.2.weight: found shape [32, 31], expected shape [outputs, 32]"),
                row(
                        "39 projector-mismatch: text model given as mmproj",
                        f -> ToyLlama.usual().file(1),
                        mf,
                        "mmproj.gguf: key general.architecture: found 'llama', expected 'clip', a vision file; this is a text model: give it as the model, and the vision file that belongs to it as mmproj"),
                row(
                        "40 projector-absurd: patch 0",
                        f -> f.key("clip.vision.patch_size", 0),
                        mf,
                        "mmproj.gguf: key clip.vision.patch_size at byte 210: found 0, expected a number from 1 to 8"),
                row(
                        "40 projector-absurd: patch larger than the picture",
                        f -> f.key("clip.vision.patch_size", 9),
                        mf,
                        "mmproj.gguf: key clip.vision.patch_size at byte 210: found 9, expected a number from 1 to 8"),
                row(
                        "40 projector-absurd: image size 2^20",
                        f -> f.key("clip.vision.image_size", 1 << 20),
                        mf,
                        "mmproj.gguf: key clip.vision.image_size at byte 172: found 1048576, expected a number from 1 to 16384"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void vision(String name, UnaryOperator<ToyFile> change, Class<? extends PeregrineException> type, String message) {
        Path file = ToyLlama.usual().file(1).write(folder.resolve("toy.gguf"));
        Path mmproj = change.apply(ToyLlava.file(2, 32)).write(folder.resolve("mmproj.gguf"));
        check(file, LoadOptions.defaults().withMmproj(mmproj), type, message);
    }

    @Test
    void featureLayerAskedForBeyondTheTower() {
        Path file = ToyLlama.usual().file(1).write(folder.resolve("toy.gguf"));
        Path mmproj = ToyLlava.file(2, 32).write(folder.resolve("mmproj.gguf"));
        check(
                file,
                LoadOptions.defaults().withMmproj(mmproj).withFeatureLayer(3),
                ModelFormatException.class,
                "mmproj.gguf: key clip.vision.block_count: found 2, expected at least 3, the feature layer asked for; ask for a smaller feature layer, or leave the choice to the file");
    }

    private void check(Path file, LoadOptions options, Class<? extends PeregrineException> type, String message) {
        PeregrineException error = assertThrows(
                PeregrineException.class, () -> Model.load(file, options).close());
        assertEquals(type, error.getClass());
        assertEquals(message, String.valueOf(error.getMessage()).replace(folder + "/", ""));
    }
}
