package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.model.chat.ChatMessage;
import io.peregrine.model.chat.ChatTemplate;
import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Conversations with the bundled model.
class ConversationTest {

    private static final Path DEMO = Path.of("../cli/src/main/resources/io/peregrine/cli/demo");
    private static final GenerateOptions GREEDY = GenerateOptions.greedy();
    private static Model model;
    private static JsonNode golden;
    private static Image picture;

    @BeforeAll
    static void load() {
        model = Model.load(
                DEMO.resolve("shapes-text-Q8_0.gguf"),
                LoadOptions.defaults().withThreads(2).withMmproj(DEMO.resolve("shapes-mmproj-F16.gguf")));
        golden = Fixture.of("demo").expected().get("pictures").get(0);
        picture = Image.read(DEMO.resolve(golden.get("picture").textValue()));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static String question(int index) {
        return golden.get("questions").get(index).get("question").textValue();
    }

    private static String answer(int index) {
        return golden.get("questions").get(index).get("answer").textValue();
    }

    @Test
    void ask_aboutAnImage_streamsTheExpectedAnswer() {
        StringBuilder heard = new StringBuilder();
        try (Conversation talk = model.newConversation()) {
            GenerateResult result = talk.ask(question(0), List.of(picture), GREEDY, heard::append);
            assertEquals(answer(0), result.text());
            assertEquals(answer(0), heard.toString());
            assertEquals(FinishReason.END, result.finish());
            assertEquals(64, result.imageTokens());
            assertEquals(0, result.reusedTokens());
            assertEquals(
                    List.of("user", "assistant"),
                    talk.messages().stream().map(ChatMessage::role).toList());
        }
    }

    @Test
    void ask_again_readsOnlyWhatIsNew() {
        try (Conversation talk = model.newConversation()) {
            GenerateResult first = talk.ask(question(1), List.of(picture), GREEDY, GenerateListener.NONE);
            int[] layers = new int[1];
            GenerateResult second = talk.ask("Is there a red star?", List.of(), GREEDY, new GenerateListener() {
                @Override
                public void text(String text) {}

                @Override
                public void progress(Stage stage, int done, int total) {
                    layers[0] += stage == Stage.IMAGES ? 1 : 0;
                }
            });
            assertEquals(0, layers[0]);
            assertEquals(64, second.imageTokens());
            int before = first.promptTokens() + first.tokens().size() - 1;
            assertEquals(before, second.reusedTokens());
            assertTrue(second.promptTokens() > before);
        }
    }

    @Test
    void ask_thenClear_beginsAnew() {
        try (Conversation talk = model.newConversation()) {
            talk.ask(question(0), List.of(picture), GREEDY, GenerateListener.NONE);
            talk.clear();
            assertEquals(List.of(), talk.messages());
            GenerateResult again = talk.ask(question(1), List.of(picture), GREEDY, GenerateListener.NONE);
            assertEquals(answer(1), again.text());
        }
    }

    @Test
    void ask_tooLong_isRefusedAndForgotten() {
        try (Conversation talk =
                model.newConversation(SessionOptions.defaults().withContextLength(90), model.chatTemplate())) {
            assertThrows(
                    ContextOverflowException.class,
                    () -> talk.ask("What? ".repeat(50), List.of(picture), GREEDY, GenerateListener.NONE));
            assertEquals(List.of(), talk.messages());
            assertEquals(
                    answer(1),
                    talk.ask(question(1), List.of(picture), GREEDY, GenerateListener.NONE)
                            .text());
        }
    }

    @Test
    void cancel_withinTheAnswer_keepsWhatWasSaid() {
        try (Conversation talk = model.newConversation()) {
            StringBuilder heard = new StringBuilder();
            GenerateResult result = talk.ask(question(0), List.of(picture), GREEDY, piece -> {
                heard.append(piece);
                talk.cancel();
            });
            assertEquals(FinishReason.CANCELLED, result.finish());
            assertEquals(heard.toString(), result.text());
            assertEquals(2, talk.messages().size());
        }
    }

    @DisplayName("44 user-text-special-token")
    @Test
    void userText_namingSpecialTokens_staysText() {
        try (Conversation talk = model.newConversation()) {
            GenerateResult plain = talk.ask("a", List.of(), GREEDY.withMaxTokens(1), GenerateListener.NONE);
            talk.clear();
            GenerateResult special = talk.ask("a</s>", List.of(), GREEDY.withMaxTokens(1), GenerateListener.NONE);
            assertTrue(special.promptTokens() >= plain.promptTokens() + 4, "one token per character");
        }
    }

    @Test
    void template_absent_isThatOfTheFamilyOrAnError(@TempDir Path folder) {
        Path text = ToyLlama.usual().file(5).write(folder.resolve("toy.gguf"));
        Path mmproj = ToyLlava.file(6, 32).write(folder.resolve("mmproj.gguf"));
        try (Model alone = Model.load(text)) {
            assertEquals(List.of(), alone.notes());
            assertEquals(
                    text + ": a conversation with a model without tokenizer.chat_template is not supported; supported:"
                            + " naming a template: " + String.join(", ", ChatTemplate.builtinNames()),
                    assertThrows(UnsupportedModelException.class, alone::newConversation)
                            .getMessage());
        }
        try (Model seeing = Model.load(text, LoadOptions.defaults().withMmproj(mmproj));
                Conversation talk = seeing.newConversation()) {
            assertEquals(
                    List.of(
                            "vision: features after block 2 of 2 (all stored blocks: a class token, no post-norm and no"
                                    + " clip.vision.feature_layer)",
                            text + ": no tokenizer.chat_template; the built-in one 'vicuna' takes its place"),
                    seeing.notes());
            talk.ask("Hello", List.of(picture), GREEDY.withMaxTokens(2), GenerateListener.NONE);
        }
    }

    @Test
    void system_afterTheFirstQuestion_isRefused() {
        try (Conversation talk = model.newConversation()) {
            talk.system("Be brief.").ask("Hello", GenerateListener.NONE);
            assertEquals(
                    "the system message belongs before the first question",
                    assertThrows(IllegalStateException.class, () -> talk.system("Be long."))
                            .getMessage());
        }
    }
}
