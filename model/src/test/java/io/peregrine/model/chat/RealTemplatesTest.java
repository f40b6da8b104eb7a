package io.peregrine.model.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The templates that the files of public models carry, against what their authors' tools make of them.
///
/// `real.json` was written by Jinja2 (see `real.py`), the engine of the authors' `apply_chat_template`. The texts in this
/// class are the authors' own, from their documentation and tests; `<__media__>` stands where they have a picture.
class RealTemplatesTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2024-07-06T15:04:09Z"), ZoneOffset.UTC);

    private static JsonNode expected() throws IOException {
        return JsonMapper.builder().build().readTree(resource("real.json"));
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(RealTemplatesTest.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static ChatTemplate real(String name) throws IOException {
        return ChatTemplate.ofSource(name, resource("real/" + name + ".jinja"));
    }

    @TestFactory
    List<DynamicTest> conversations_asTheAuthorsToolsWriteThem() throws IOException {
        JsonNode json = expected();
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, JsonNode> model : json.get("models").properties()) {
            JsonNode facts = model.getValue();
            RenderOptions options = RenderOptions.of(
                            facts.get("bos").textValue(), facts.get("eos").textValue())
                    .withImageFrame(new ImageFrame("", facts.get("behind").textValue()))
                    .withClock(CLOCK);
            for (Map.Entry<String, JsonNode> prompt : facts.get("prompts").properties()) {
                List<ChatMessage> messages = messages(json.get("conversations").get(prompt.getKey()));
                tests.add(DynamicTest.dynamicTest(
                        model.getKey() + ": " + prompt.getKey(),
                        () -> assertEquals(
                                prompt.getValue().textValue(),
                                Prompts.text(real(model.getKey()).render(messages, options)))));
            }
        }
        assertEquals(53, tests.size());
        return tests;
    }

    private static List<ChatMessage> messages(JsonNode conversation) {
        List<ChatMessage> messages = new ArrayList<>();
        int pictures = 0;
        for (JsonNode message : conversation) {
            List<Content> content = new ArrayList<>();
            for (JsonNode part : message.get("content")) {
                content.add(
                        part.has("text")
                                ? new Content.Text(part.get("text").textValue())
                                : new Content.Image(pictures++));
            }
            messages.add(new ChatMessage(message.get("role").textValue(), content, Map.of()));
        }
        return messages;
    }

    /// What a built-in format writes is what the model's own template does.
    @ParameterizedTest
    @CsvSource({
        "smolvlm, smolvlm",
        "granite-docling, granite-docling",
        "granite-vision, granite-vision",
        "gemma3, gemma3",
        "qwen2-vl, qwen2.5-vl",
        "qwen3-vl, qwen3-vl",
        "lfm2, lfm2-vl",
        "pixtral, pixtral",
        "mistral-small, mistral-small",
        "granite, granite3",
        "minicpm, minicpm"
    })
    void builtin_writesWhatTheModelsOwnTemplateDoes(String builtin, String model) throws IOException {
        JsonNode json = expected();
        JsonNode facts = json.get("models").get(model);
        ChatTemplate template = ChatTemplate.builtin(builtin);
        ImageFrame frame = template.imageFrame();
        RenderOptions options = RenderOptions.of(
                        facts.get("bos").textValue(), facts.get("eos").textValue())
                .withImageFrame(frame == null ? ImageFrame.LINE : frame);
        for (Map.Entry<String, JsonNode> prompt : facts.get("prompts").properties()) {
            List<ChatMessage> messages = messages(json.get("conversations").get(prompt.getKey()));
            String written = Prompts.text(template.render(messages, options));
            assertEquals(withoutTrims(builtin, prompt.getValue().textValue()), written, prompt.getKey());
        }
    }

    /// Gemma's own template trims each piece of a message; the built-in one trims messages.
    private static String withoutTrims(String builtin, String text) {
        return builtin.equals("gemma3") ? text.replace("Compare this<", "Compare this <") : text;
    }

    private static String ask(String builtin, String bos, Content... content) {
        ChatTemplate template = ChatTemplate.builtin(builtin);
        RenderOptions options = RenderOptions.of(bos, "")
                .withImageFrame(Objects.requireNonNull(template.imageFrame()));
        return Prompts.text(template.render(List.of(ChatMessage.of("user", content)), options));
    }

    private static Content text(String text) {
        return new Content.Text(text);
    }

    /// Source: huggingface/huggingface.js `packages/jinja/test/e2e.test.js` (Qwen2.5-VL-7B-Instruct, LFM2.5-VL-450M);
    /// huggingface/transformers `tests/models/mistral3/test_processor_mistral3.py`; the model card of
    /// granite-docling-258M; vllm-project/vllm `examples/offline_inference/vision_language.py` (LightOnOCR).
    @Test
    void singleQuestions_asTheAuthorsDocumentThem() {
        assertEquals(
                "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<__media__>Describe this image."
                        + "<|im_end|>\n<|im_start|>assistant\n",
                ask("qwen2-vl", "", new Content.Image(0), text("Describe this image.")));
        assertEquals(
                "<|startoftext|><|im_start|>user\n<__media__>What is in this image?<|im_end|>\n<|im_start|>assistant\n",
                ask("lfm2", "<|startoftext|>", new Content.Image(0), text("What is in this image?")));
        assertEquals(
                "<|start_of_role|>user<|end_of_role|><__media__>Convert this page to docling.<|end_of_text|>\n"
                        + "<|start_of_role|>assistant<|end_of_role|>",
                ask("granite-docling", "", new Content.Image(0), text("Convert this page to docling.")));
        assertEquals(
                "<|im_start|>system<|im_end|>\n<|im_start|>user\n<__media__><|im_end|>\n<|im_start|>assistant\n",
                ask("lightonocr", "", new Content.Image(0)));
    }

    @Test
    void mistralSmall_keepsAnEmptySystemMessage() throws IOException {
        List<ChatMessage> messages = List.of(
                ChatMessage.system(""),
                ChatMessage.of("user", new Content.Image(0), text("What is shown in this image?")));
        RenderOptions options = RenderOptions.of("<s>", "</s>").withImageFrame(ImageFrame.NONE);
        for (ChatTemplate template : List.of(real("mistral-small-3.2"), ChatTemplate.builtin("mistral-small"))) {
            assertEquals(
                    "<s>[SYSTEM_PROMPT][/SYSTEM_PROMPT][INST]<__media__>What is shown in this image?[/INST]",
                    Prompts.text(template.render(messages, options)));
        }
    }

    /// Source: OpenGVLab/InternVL `internvl_chat/internvl/conversation.py` (`internvl2_5`) and
    /// `modeling_internvl_chat.py`, `chat`.
    @Test
    void internvl_beginsWithItsOwnSystemMessageAndPutsALineBreakBehindPictures() {
        String system = "<|im_start|>system\n你是书生·万象，英文名是InternVL，是由上海人工智能实验室、清华大学及多家合作单位联合开发的"
                + "多模态大语言模型。<|im_end|>\n";
        assertEquals(
                system + "<|im_start|>user\n<__media__>\nDescribe it.<|im_end|>\n<|im_start|>assistant\n",
                ask("internvl", "", new Content.Image(0), text("Describe it.")));
    }

    /// Source: `chat` of MiniCPM-V 2.6, which joins pictures and text with line breaks.
    @Test
    void minicpmv_putsALineBreakBehindEachPicture() {
        assertEquals(
                "<|im_start|>user\n<__media__>\n<__media__>\nCompare.<|im_end|>\n<|im_start|>assistant\n",
                ask("minicpmv", "", new Content.Image(0), new Content.Image(1), text("Compare.")));
    }

    /// Source: vikhyat/moondream `moondream/hf/moondream.py` at eda1ef0^, `answer_question` with `chat_history`, and
    /// `input_embeds`, which puts the token that begins a text in front.
    @Test
    void moondream_asksBehindThePicture() {
        assertEquals(
                "<|endoftext|><__media__>\n\nQuestion: What is it?\n\nAnswer:",
                ask("moondream", "<|endoftext|>", new Content.Image(0), text("What is it?")));
        List<ChatMessage> turns = List.of(
                ChatMessage.of("user", new Content.Image(0), text("What is it?")),
                ChatMessage.assistant("A bird."),
                ChatMessage.user("Which?"));
        RenderOptions options = RenderOptions.of("", "");
        ChatTemplate template = ChatTemplate.builtin("moondream");
        assertEquals(
                "<__media__>\n\nQuestion: What is it?\n\nAnswer: A bird.\n\nQuestion: Which?\n\nAnswer:",
                Prompts.text(template.render(turns, options)));
        assertEquals(
                "Question: Be brief.\nWhat is it?\n\nAnswer:",
                Prompts.text(template.render(
                        List.of(ChatMessage.system("Be brief."), ChatMessage.user("What is it?")), options)));
    }

    /// Source: the model card of microsoft/phi-2.
    @Test
    void phi2_instructs() {
        List<ChatMessage> turns = List.of(
                ChatMessage.user("Write an analogy."), ChatMessage.assistant("It is a lighthouse."), ChatMessage.user("Why?"));
        ChatTemplate template = ChatTemplate.builtin("phi2");
        assertEquals(
                "Instruct: Write an analogy.\nOutput:",
                Prompts.text(template.render(turns.subList(0, 1), RenderOptions.of("", ""))));
        assertEquals(
                "Instruct: Write an analogy.\nOutput: It is a lighthouse.\nInstruct: Why?\nOutput:",
                Prompts.text(template.render(turns, RenderOptions.of("", ""))));
    }

    @Test
    void capabilities_ofRealTemplates() throws IOException {
        TemplateCapabilities gemma = real("gemma3").capabilities();
        assertTrue(gemma.systemRole() && gemma.typedSystem() && gemma.stringContent());
        assertEquals("<start_of_image>", gemma.imagePlaceholder());
        assertFalse(real("gemma3-strings").capabilities().typedSystem());
        assertEquals(
                new TemplateCapabilities(true, false, true, false, null, true),
                real("lfm2").capabilities());
        assertEquals("[IMG]", real("mistral-small-3.2").capabilities().imagePlaceholder());
        assertEquals(
                "<|vision_start|><|image_pad|><|vision_end|>",
                real("qwen3-vl").capabilities().imagePlaceholder());
    }
}
