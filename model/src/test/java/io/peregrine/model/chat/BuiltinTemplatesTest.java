package io.peregrine.model.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.TemplateException;
import java.util.List;
import java.util.Map;
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

    private static String render(String name, ChatMessage... messages) {
        return Prompts.text(ChatTemplate.builtin(name).render(List.of(messages), OPTIONS));
    }

    @Test
    void vicuna_isTheAuthorsV1() {
        assertEquals(VICUNA + " USER: Who are you? ASSISTANT:", render("vicuna", ASK));
        assertEquals(
                "Be brief. USER: Who are you? ASSISTANT: A model.</s>USER: Which? ASSISTANT:",
                render("vicuna", SYSTEM, ASK, ANSWER, MORE));
    }

    @Test
    void llava_isVicunaWithAHuman() {
        ChatMessage ask = ChatMessage.of("user", new Content.Image(0), new Content.Text("What is it?"));
        assertEquals(LLAVA + " USER: <__media__>\nWhat is it? ASSISTANT:", render("llava", ask));
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
        for (String name : ChatTemplate.builtinNames()) {
            boolean openEnd = !List.of("llama2", "mistral").contains(name);
            assertEquals(
                    new TemplateCapabilities(true, true, false, null, openEnd),
                    ChatTemplate.builtin(name).capabilities(),
                    name);
        }
        assertEquals(9, ChatTemplate.builtinNames().size());
    }

    @Test
    void unknownName_listsThoseThereAre() {
        TemplateException e = assertThrows(TemplateException.class, () -> ChatTemplate.builtin("alpaca"));
        assertEquals(
                "chat template 'alpaca': there is no built-in template of that name; there are chatml, gemma, llama2,"
                        + " llama3, llava, mistral, phi3, vicuna, zephyr",
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
}
