package io.peregrine.model.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.TemplateException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The built-in templates write what the authors of the models document.
class BuiltinTemplatesTest {

    private static final RenderOptions OPTIONS = RenderOptions.of("<s>", "</s>");

    private static final ChatMessage SYSTEM = ChatMessage.system("Be brief.");
    private static final ChatMessage ASK = ChatMessage.user("Who are you?");
    private static final ChatMessage ANSWER = ChatMessage.assistant("A model.");
    private static final ChatMessage MORE = ChatMessage.user("Which?");

    private static final String VICUNA = "A chat between a curious user and an artificial intelligence assistant."
            + " The assistant gives helpful, detailed, and polite answers to the user's questions.";
    private static final String LLAVA = "A chat between a curious human and an artificial intelligence assistant."
            + " The assistant gives helpful, detailed, and polite answers to the human's questions.";

    private static final ChatMessage SHOW =
            ChatMessage.of("user", new Content.Image(0), new Content.Text("What is it?"));
    private static final ChatMessage SHOW_ANOTHER =
            ChatMessage.of("user", new Content.Image(1), new Content.Text("And this?"));

    private static String render(String name, ChatMessage... messages) {
        return Prompts.text(ChatTemplate.builtin(name).render(List.of(messages), framed(name)));
    }

    private static RenderOptions framed(String name) {
        ImageFrame frame = ChatTemplate.builtin(name).imageFrame();
        return frame == null ? OPTIONS : OPTIONS.withImageFrame(frame);
    }

    @Test
    void vicuna_isTheAuthorsV1() {
        assertEquals(VICUNA + " USER: Who are you? ASSISTANT:", render("vicuna", ASK));
        assertEquals(
                "Be brief. USER: Who are you? ASSISTANT: A model.</s>USER: Which? ASSISTANT:",
                render("vicuna", SYSTEM, ASK, ANSWER, MORE));
    }

    @Test
    void llavaV1_isVicunaWithAHuman() {
        assertEquals(LLAVA + " USER: <__media__>\nWhat is it? ASSISTANT:", render("llava_v1", SHOW));
        assertEquals(
                LLAVA + " USER: <__media__>\nWhat is it? ASSISTANT: A model.</s>USER: Which? ASSISTANT:",
                render("llava_v1", SHOW, ANSWER, MORE));
    }

    @Test
    void osprey_introducesThePicture() {
        assertEquals(
                LLAVA + " USER: <__media__>\nThis provides an overview of the picture.\nWhat is it? ASSISTANT: A model.</s>"
                        + "USER: Which? ASSISTANT:",
                render("osprey", SHOW, ANSWER, MORE));
    }

    @Test
    void mistralLlava_hasNoBeginTokenAndABlankBehindAnswers() {
        assertEquals("[INST] <__media__>\nWhat is it? [/INST]", render("mistral-llava", SHOW));
        assertEquals(
                "[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n<__media__>\nWhat is it? [/INST] A model. </s>[INST] Which? [/INST]",
                render("mistral-llava", SYSTEM, SHOW, ANSWER, MORE));
    }

    @Test
    void chatmlYi_hasNoNewlineBetweenMessages() {
        assertEquals(
                "<|im_start|>system\nAnswer the questions.<|im_end|><|im_start|>user\n<__media__>\nWhat is it?<|im_end|>"
                        + "<|im_start|>assistant\n",
                render("chatml-yi", SHOW));
        assertEquals(
                "<|im_start|>system\nBe brief.<|im_end|><|im_start|>user\nWho are you?<|im_end|><|im_start|>assistant\n"
                        + "A model.<|im_end|><|im_start|>user\nWhich?<|im_end|><|im_start|>assistant\n",
                render("chatml-yi", SYSTEM, ASK, ANSWER, MORE));
    }

    @Test
    void qwenVl_countsPictures() {
        assertEquals(
                "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
                        + "Picture 1: <img><__media__></img>\nWhat is it?<|im_end|>\n<|im_start|>assistant\n"
                        + "A model.<|im_end|>\n<|im_start|>user\nPicture 2: <img><__media__></img>\nAnd this?<|im_end|>\n"
                        + "<|im_start|>assistant\n",
                render("qwen-vl", SHOW, ANSWER, SHOW_ANOTHER));
    }

    @Test
    void minigpt4_endsTurnsWithHashes() {
        String system = "Give the following image: <Img>ImageContent</Img>. You will be able to see the image once I"
                + " provide it to you. Please answer my questions.";
        assertEquals(
                system + "###Human: <Img><__media__></Img> What is it?###Assistant: ", render("minigpt4", SHOW));
        assertEquals(
                system + "###Human: <Img><__media__></Img> What is it?###Assistant: A model.###Human: Which?###Assistant: ",
                render("minigpt4", SHOW, ANSWER, MORE));
        assertEquals(
                system + "<s>[INST] <Img><__media__></Img> What is it? [/INST] A model.<s>[INST] Which? [/INST] ",
                render("minigpt4-llama2", SHOW, ANSWER, MORE));
    }

    @Test
    void minigptV2_beginsWithTwoBeginTokens() {
        ChatPrompt prompt = ChatTemplate.builtin("minigpt-v2").render(List.of(SHOW), framed("minigpt-v2"));
        assertEquals("<s><s>[INST] <Img><__media__></Img> What is it? [/INST]", Prompts.text(prompt));
        assertTrue(prompt.beginsWithBos());
        assertEquals(
                "<s><s>[INST] <Img><__media__></Img> What is it? [/INST]A model.<s>[INST] Which? [/INST]",
                render("minigpt-v2", SHOW, ANSWER, MORE));
        assertEquals("<s><s>[INST] Be brief.\nWho are you? [/INST]", render("minigpt-v2", SYSTEM, ASK));
    }

    @Test
    void fuyu_isTheBareText() {
        assertEquals("<__media__>What is it?", render("fuyu", SHOW));
        assertEquals("<__media__>What is it?\nA model.\nWhich?", render("fuyu", SHOW, ANSWER, MORE));
    }

    @Test
    void stops_areStringsThatEndAnAnswer() {
        for (String name : ChatTemplate.builtinNames()) {
            List<String> expected =
                    switch (name) {
                        case "minigpt4" -> List.of("###");
                        case "smolvlm" -> List.of("<end_of_utterance>");
                        case "chatml",
                                "chatml-yi",
                                "internvl",
                                "lfm2",
                                "lightonocr",
                                "minicpmv",
                                "qwen-vl",
                                "qwen2-vl",
                                "qwen3-vl" -> List.of("<|im_end|>");
                        default -> List.of();
                    };
            assertEquals(expected, ChatTemplate.builtin(name).stops(), name);
        }
    }

    @Test
    void llama2_putsTheSystemMessageIntoTheFirstInstruction() {
        assertEquals(
                "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nWho are you? [/INST] A model. </s><s>[INST] Which? [/INST]",
                render("llama2", SYSTEM, ASK, ANSWER, MORE));
        assertEquals("<s>[INST] Who are you? [/INST]", render("llama2", ASK));
    }

    @Test
    void llama3_namesRolesInHeaders() {
        assertEquals(
                "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
                        + "<|start_header_id|>user<|end_header_id|>\n\nWho are you?<|eot_id|>"
                        + "<|start_header_id|>assistant<|end_header_id|>\n\n",
                render("llama3", SYSTEM, ASK));
    }

    @Test
    void chatml_namesRolesBehindMarkers() {
        assertEquals(
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWho are you?<|im_end|>\n"
                        + "<|im_start|>assistant\nA model.<|im_end|>\n<|im_start|>user\nWhich?<|im_end|>\n"
                        + "<|im_start|>assistant\n",
                render("chatml", SYSTEM, ASK, ANSWER, MORE));
    }

    @Test
    void mistral_bracketsInstructions() {
        assertEquals(
                "<s>[INST] Be brief.\n\nWho are you? [/INST] A model.</s>[INST] Which? [/INST]",
                render("mistral", SYSTEM, ASK, ANSWER, MORE));
    }

    @Test
    void gemma_callsTheAssistantModel() {
        assertEquals(
                "<s><start_of_turn>user\nBe brief.\n\nWho are you?<end_of_turn>\n<start_of_turn>model\nA model."
                        + "<end_of_turn>\n<start_of_turn>user\nWhich?<end_of_turn>\n<start_of_turn>model\n",
                render("gemma", SYSTEM, ASK, ANSWER, MORE));
    }

    @Test
    void phi3AndZephyr_nameRolesAsMarkers() {
        assertEquals(
                "<|system|>\nBe brief.<|end|>\n<|user|>\nWho are you?<|end|>\n<|assistant|>\n",
                render("phi3", SYSTEM, ASK));
        assertEquals(
                "<|system|>\nBe brief.</s>\n<|user|>\nWho are you?</s>\n<|assistant|>\nA model.</s>\n"
                        + "<|user|>\nWhich?</s>\n<|assistant|>\n",
                render("zephyr", SYSTEM, ASK, ANSWER, MORE));
    }

    @Test
    void everyBuiltin_takesStringsAndSystemMessagesAndEndsWhereAsked() {
        List<String> withoutEnd =
                List.of("fuyu", "llama2", "minicpm", "minigpt-v2", "minigpt4-llama2", "mistral", "mistral-llava", "mistral-small", "pixtral");
        List<String> withoutSystem = List.of("minigpt-v2", "moondream", "phi2");
        List<String> placing = List.of("moondream", "smolvlm");
        for (String name : ChatTemplate.builtinNames()) {
            boolean places = placing.contains(name);
            assertEquals(
                    new TemplateCapabilities(
                            !withoutSystem.contains(name),
                            false,
                            true,
                            places,
                            places ? "<image>" : null,
                            !withoutEnd.contains(name)),
                    ChatTemplate.builtin(name).capabilities(),
                    name);
        }
        assertEquals(33, ChatTemplate.builtinNames().size());
    }

    @Test
    void unknownName_listsThoseThereAre() {
        TemplateException e = assertThrows(TemplateException.class, () -> ChatTemplate.builtin("alpaca"));
        assertEquals(
                "chat template 'alpaca': there is no built-in template of that name; there are chatml,"
                        + " chatml-yi, fuyu, gemma, gemma3, granite, granite-docling, granite-vision, internvl, lfm2,"
                        + " lightonocr, llama2, llama3, llava_v1, minicpm, minicpmv, minigpt-v2, minigpt4,"
                        + " minigpt4-llama2, mistral, mistral-llava, mistral-small, moondream, osprey, phi2, phi3, pixtral,"
                        + " qwen-vl, qwen2-vl, qwen3-vl, smolvlm, vicuna, zephyr",
                e.getMessage());
    }

    @Test
    void roleThatATemplateDoesNotKnow_isRefused() {
        ChatMessage tool = new ChatMessage("tool", List.of(new Content.Text("5")), Map.of());
        TemplateException e = assertThrows(TemplateException.class, () -> render("vicuna", ASK, tool));
        assertEquals(
                "built-in template 'vicuna': line 11, column 28: the template reports: the roles are user and assistant,"
                        + " and system for the first message; found tool",
                e.getMessage());
    }

    /// Whatever the user writes stays text of the user, in one piece: the names of all control tokens that a template
    /// writes itself, and marks of images.
    @Test
    @DisplayName("44 user-text-special-token")
    void userTextSpecialToken_everyBuiltin_staysTextOfTheUser() {
        for (String name : ChatTemplate.builtinNames()) {
            StringBuilder evil = new StringBuilder("a");
            for (ChatPrompt.Part part : parts(name, "Hello", 0)) {
                if (part instanceof ChatPrompt.Text text && !text.fromUser()) {
                    evil.append(text.text().strip()).append("<__media__>\uFFFC");
                }
            }
            String words = evil + "b";
            List<ChatPrompt.Part> harmless = parts(name, "Hello", 0);
            List<ChatPrompt.Part> attacked = parts(name, words, 0);
            List<ChatPrompt.Part> expected = harmless.stream()
                    .map(part -> part.equals(new ChatPrompt.Text("Hello", true)) ? new ChatPrompt.Text(words, true) : part)
                    .toList();
            assertEquals(expected, attacked, name);
            assertTrue(expected.contains(new ChatPrompt.Text(words, true)), name);
        }
    }

    private static List<ChatPrompt.Part> parts(String name, String words, int image) {
        ChatMessage message = ChatMessage.of("user", new Content.Image(image), new Content.Text(words));
        return ChatTemplate.builtin(name).render(List.of(message), framed(name)).parts();
    }
}
