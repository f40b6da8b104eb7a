package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.model.chat.ChatTemplate;
import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a prompt format brings besides its template: strings that end an answer, and what stands around images.
class ConversationFormatTest {

    private static final Image PICTURE = Image.of(new byte[3 * 8 * 8], 8, 8);
    private static final GenerateOptions ONE_TOKEN = GenerateOptions.greedy().withMaxTokens(1);

    @TempDir
    private Path folder;

    /// A model that says nothing but `#`.
    private Path hashes() {
        ToyFile file = ToyLlama.usual().file(3).vector("output.bias", 0, 300);
        file.weights("output.bias")[3 + '#'] = 1000;
        return file.write(folder.resolve("hashes.gguf"));
    }

    private Path text() {
        return ToyLlama.usual().file(3).write(folder.resolve("text.gguf"));
    }

    private static LoadOptions with(Path mmproj) {
        return LoadOptions.defaults().withThreads(1).withMmproj(mmproj);
    }

    @Test
    void stopsOfTheFormat_endAnswers() {
        GenerateOptions five = GenerateOptions.greedy().withMaxTokens(5);
        try (Model model = Model.load(hashes(), with(null))) {
            GenerateResult stopped = ask(model, ChatTemplate.builtin("minigpt4"), List.of(), five);
            assertEquals(FinishReason.STOP, stopped.finish());
            assertEquals("", stopped.text());
            assertEquals(3, stopped.tokens().size());
            GenerateResult own = ask(model, ChatTemplate.builtin("minigpt4"), List.of(), five.withStop("##"));
            assertEquals(2, own.tokens().size());
            GenerateResult others = ask(model, ChatTemplate.builtin("vicuna"), List.of(), five);
            assertEquals(FinishReason.LENGTH, others.finish());
            assertEquals("#####", others.text());
        }
    }

    @Test
    void imagesOfATemplateWithoutFrame_standAsTheVisionSideHasThem() {
        Path mmproj = ToyMiniGpt.qformer(3, 32).write(folder.resolve("mmproj.gguf"));
        try (Model model = Model.load(text(), with(mmproj))) {
            assertPrompt("<|im_start|>user\n<Img><__media__></Img> Hello<|im_end|>\n<|im_start|>assistant\n", model, "chatml");
            assertPrompt(
                    "<|im_start|>system\nAnswer the questions.<|im_end|><|im_start|>user\n<__media__>\nHello<|im_end|>"
                            + "<|im_start|>assistant\n",
                    model,
                    "chatml-yi");
        }
        Path llava = ToyLlava.file(3, 32).write(folder.resolve("llava.gguf"));
        try (Model model = Model.load(text(), with(llava))) {
            assertPrompt("<|im_start|>user\n<__media__>\nHello<|im_end|>\n<|im_start|>assistant\n", model, "chatml");
        }
    }

    /// Llama with shared keys and the rope base of Mistral, behind a vision side that cuts tiles.
    @Test
    void llava16_speaksAsItsDecoderDoes() {
        Path mmproj = ToyLlava.file(3, 32)
                .key("clip.vision.image_aspect_ratio", "anyres")
                .key("clip.vision.mm_patch_merge_type", "flat")
                .key("clip.vision.image_grid_pinpoints", new int[] {8, 16})
                .write(folder.resolve("anyres.gguf"));
        Path text = ToyLlama.usual()
                .file(3)
                .key("llama.rope.freq_base", 1e6f)
                .write(folder.resolve("mistral.gguf"));
        try (Model model = Model.load(text, with(mmproj))) {
            assertEquals(
                    text + ": no tokenizer.chat_template; the built-in one 'mistral-llava' takes its place",
                    model.notes().getLast());
            assertEquals(
                    raw(model, "[INST] <__media__>\nHello [/INST]"),
                    ask(model, model.chatTemplate(), List.of(PICTURE), ONE_TOKEN).promptTokens());
        }
    }

    private static void assertPrompt(String expected, Model model, String template) {
        int found = ask(model, ChatTemplate.builtin(template), List.of(PICTURE), ONE_TOKEN).promptTokens();
        assertEquals(raw(model, expected), found, template);
    }

    private static int raw(Model model, String prompt) {
        try (Session session = model.newSession()) {
            return session.generate(Prompt.raw(prompt, PICTURE), ONE_TOKEN, GenerateListener.NONE)
                    .promptTokens();
        }
    }

    private static GenerateResult ask(
            Model model, ChatTemplate template, List<Image> images, GenerateOptions options) {
        try (Conversation talk = model.newConversation(SessionOptions.defaults(), template)) {
            return talk.ask("Hello", images, options, GenerateListener.NONE);
        }
    }
}
