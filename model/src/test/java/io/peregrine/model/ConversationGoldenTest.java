package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.chat.ChatTemplate;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Preprocess;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Questions about pictures in a conversation become the golden prompts, and get the golden answers: each family's own
/// format, its picture where the golden prompt has it, with its marks once.
class ConversationGoldenTest {

    /// Where a family's own format begins with a system message that the golden prompt lacks, another one without it.
    /// Moondream2 is missing: its authors begin with a token that llama.cpp leaves out.
    @ParameterizedTest
    @CsvSource({
        "vlm_gemma3, 0, , Describe the image.",
        "vlm_idefics3, 0, , Describe the image.",
        "vlm_idefics3, 1, , What is the large circle?",
        "vlm_idefics3_single, 1, , table?",
        "vlm_qwen2vl, 0, qwen3-vl, Describe the image.",
        "vlm_qwen25vl, 1, qwen3-vl, Describe the image.",
        "vlm_qwen3vl, 0, , Describe the image.",
        "vlm_internvl, 1, minicpmv, What is 12?",
        "vlm_lfm2, 1, , table?",
        "vlm_lfm2_tiled, 0, , table?",
        "vlm_minicpmv, 1, , table?",
        "vlm_pixtral, 0, , Describe the image.",
        "vlm_pixtral_merge, 0, , Describe the image."
    })
    void question_getsTheGoldenAnswer(String name, int index, @Nullable String template, String question) {
        Fixture fixture = Fixture.of(name);
        JsonNode golden = fixture.cases().get(index);
        List<Integer> expected = IntStream.of(Fixture.ints(golden.get("generated"))).boxed().toList();
        LoadOptions options = LoadOptions.defaults()
                .withThreads(2)
                .withPreprocess(Preprocess.LLAMA_CPP)
                .withImageTokens(0, golden.path("max_image_tokens").asInt(0))
                .withMmproj(fixture.path("mmproj.gguf"));
        SessionOptions session = SessionOptions.defaults().withExact(true).withCache(TensorType.F32);
        Image image = Image.read(fixture.path(golden.get("images").get(0).textValue()));
        try (Model model = Model.load(fixture.path("model.gguf"), options);
                Conversation talk = model.newConversation(
                        session, template == null ? model.chatTemplate() : ChatTemplate.builtin(template))) {
            GenerateResult result = talk.ask(
                    question,
                    List.of(image),
                    GenerateOptions.greedy().withMaxTokens(expected.size()),
                    GenerateListener.NONE);
            int rows = 0;
            for (JsonNode chunk : golden.get("chunks")) {
                rows += chunk.has("tokens")
                        ? chunk.get("tokens").size()
                        : chunk.get("n_tokens").intValue();
            }
            assertEquals(rows, result.promptTokens());
            assertEquals(expected, result.tokens());
        }
    }
}
