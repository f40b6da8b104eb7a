package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.Conversation;
import io.peregrine.model.Fixture;
import io.peregrine.model.GenerateListener;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.GenerateResult;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.SessionOptions;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyQwen;
import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The vision side of Qwen-VL beyond its golden cases: conversations, files without key places, wrong files.
class QwenVlTest {

    @TempDir
    private Path folder;

    /// Pictures of 8 by 8 in patches of 2, width 16, 2 blocks, 4 queries.
    static ToyFile file(long seed, int out) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "clip")
                .key("clip.has_vision_encoder", true)
                .key("clip.projector_type", "qwenvl_resampler")
                .key("clip.vision.image_size", 8)
                .key("clip.vision.patch_size", 2)
                .key("clip.vision.embedding_length", 16)
                .key("clip.vision.feed_forward_length", 24)
                .key("clip.vision.block_count", 2)
                .key("clip.vision.projection_dim", out)
                .key("clip.vision.attention.head_count", 2)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-6f)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.projector.head_count", 4)
                .key("clip.vision.projector.query_count", 4)
                .tensor("v.patch_embd.weight", 0, 1, 16, 3, 2, 2)
                .matrix("v.position_embd.weight", 16, 16);
        norm(file, "v.pre_ln", 16);
        for (int i = 0; i < 2; i++) {
            String name = "v.blk." + i + ".";
            norm(file, name + "ln1", 16);
            norm(file, name + "ln2", 16);
            for (String part : new String[] {"attn_q", "attn_k", "attn_v", "attn_out"}) {
                linear(file, name + part, 16, 16);
            }
            linear(file, name + "ffn_up", 24, 16);
            linear(file, name + "ffn_down", 16, 24);
        }
        for (String part : new String[] {"q", "k", "v", "out"}) {
            linear(file, "resampler.attn." + part, out, out);
        }
        for (String part : new String[] {"ln_q", "ln_kv", "ln_post"}) {
            norm(file, "resampler." + part, out);
        }
        return file.matrix("resampler.query", 4, out)
                .matrix("resampler.pos_embed", 4, out)
                .matrix("resampler.pos_embed_k", 16, out)
                .matrix("resampler.kv.weight", out, 16)
                .matrix("resampler.proj.weight", out, out);
    }

    private static void norm(ToyFile file, String name, int dim) {
        file.vector(name + ".weight", 1, dim).vector(name + ".bias", 0, dim);
    }

    private static void linear(ToyFile file, String name, int out, int in) {
        file.matrix(name + ".weight", out, in).vector(name + ".bias", 0, out);
    }

    private Model load(ToyFile vision) {
        Path text = ToyQwen.usual().file(1).write(folder.resolve("toy.gguf"));
        Path mmproj = vision.write(folder.resolve("mmproj.gguf"));
        return Model.load(text, LoadOptions.defaults().withThreads(2).withMmproj(mmproj));
    }

    /// The conversation writes what the golden case has as its raw prompt, and gets its answer.
    @Test
    void conversation_asTheGoldenCaseInChatMl() {
        Fixture fixture = Fixture.of("qwen_vl");
        JsonNode golden = fixture.cases().get(2);
        LoadOptions options = LoadOptions.defaults().withThreads(2).withMmproj(fixture.path("mmproj.gguf"));
        Image image = Image.read(fixture.path("image0.png"));
        SessionOptions session =
                SessionOptions.defaults().withCache(TensorType.F32).withExact(true);
        try (Model model = Model.load(fixture.path("model.gguf"), options);
                Conversation talk = model.newConversation(session, model.chatTemplate())) {
            GenerateResult answer = talk.ask(
                    "Where is the house?",
                    List.of(image),
                    GenerateOptions.greedy().withMaxTokens(8),
                    GenerateListener.NONE);
            assertEquals(golden.get("n_positions").intValue(), answer.promptTokens());
            assertEquals(
                    IntStream.of(Fixture.ints(golden.get("generated"))).boxed().toList(), answer.tokens());
        }
    }

    @Test
    void rawPrompt_theMarkStandsForTheRowsAlone() {
        try (Model model = load(file(2, 32))) {
            Image image = Image.of(new byte[3 * 5 * 4], 5, 4);
            assertEquals(4, model.trace(Prompt.raw(Prompt.MEDIA, image), 1, true).position());
        }
    }

    @Test
    void placesOfKeys_absent_areMadeOfThoseOfTheQueries() {
        try (Model model = load(file(2, 32).withoutTensor("resampler.pos_embed_k"))) {
            assertEquals(
                    folder.resolve("mmproj.gguf") + ": no resampler.pos_embed_k; resampler.pos_embed stretched from 2 x"
                            + " 2 to 4 x 4 places takes its place",
                    model.notes().get(0));
        }
    }

    private static Arguments row(String name, UnaryOperator<ToyFile> change, String message) {
        return Arguments.of(name, change, message);
    }

    static List<Arguments> wrongFiles() {
        return List.of(
                row(
                        "heads missing",
                        f -> f.withoutKey("clip.vision.projector.head_count"),
                        "key clip.vision.projector.head_count: found nothing, expected uint32"),
                row(
                        "heads do not divide",
                        f -> f.key("clip.vision.projector.head_count", 5),
                        "key clip.vision.projector.head_count: found 5, expected a divisor of"
                                + " clip.vision.projection_dim, which is 32"),
                row(
                        "number of queries wrong",
                        f -> f.key("clip.vision.projector.query_count", 9),
                        "tensor resampler.pos_embed: found shape [4, 32], expected shape [9, 32]"),
                row(
                        "positions not stretched",
                        f -> f.matrix("v.position_embd.weight", 4, 16),
                        "tensor v.position_embd.weight: found shape [4, 16], expected shape [16, 16]"),
                row(
                        "places of keys of another grid",
                        f -> f.matrix("resampler.pos_embed_k", 4, 32),
                        "tensor resampler.pos_embed_k: found shape [4, 32], expected shape [16, 32]"),
                row(
                        "places of keys absent, queries on no square",
                        f -> f.key("clip.vision.projector.query_count", 3)
                                .matrix("resampler.query", 3, 32)
                                .matrix("resampler.pos_embed", 3, 32)
                                .withoutTensor("resampler.pos_embed_k"),
                        "tensor resampler.pos_embed_k: found nothing, expected shape [16, 32]; the file is incomplete,"
                                + " or it is not of the architecture that it names"),
                row(
                        "projection as the original has it, but wide",
                        f -> f.matrix("resampler.kv.weight", 16, 32),
                        "tensor resampler.kv.weight: found shape [16, 32], expected shape [32, 16]; rows and columns"
                                + " are exchanged: the file was converted wrongly"),
                row(
                        "places of keys absent, and too many to make",
                        f -> f.key("clip.vision.image_size", 256)
                                .key("clip.vision.patch_size", 1)
                                .key("clip.vision.projection_dim", 8192)
                                .tensor("v.patch_embd.weight", 0, 1, 16, 3, 1, 1)
                                .matrix("v.position_embd.weight", 65536, 16)
                                .matrix("resampler.pos_embed", 4, 8192)
                                .withoutTensor("resampler.pos_embed_k"),
                        "the tensor resampler.pos_embed_k that would be made: 536870912 elements exceeds the limit"
                                + " of 268435456 elements; no known model has one of that size, check where the file"
                                + " comes from"),
                row(
                        "of another decoder",
                        f -> file(2, 40),
                        "width of its image embeddings: found 40, expected 32, the width of FOLDER/toy.gguf; take the"
                                + " vision file that was made for this model"));
    }

    @ParameterizedTest
    @MethodSource
    void wrongFiles(String name, UnaryOperator<ToyFile> change, String message) {
        PeregrineException error = assertThrows(
                PeregrineException.class, () -> load(change.apply(file(2, 32))).close());
        assertEquals(
                "FOLDER/mmproj.gguf: " + message,
                String.valueOf(error.getMessage()).replace(folder.toString(), "FOLDER"));
    }
}
