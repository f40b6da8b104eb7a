package io.peregrine.model.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.Fixture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The template of the bundled model writes the prompts that its expected answers were made with.
class DemoChatTemplateTest {

    private static final Path MODEL = Path.of("../cli/src/main/resources/io/peregrine/cli/demo/shapes-text-Q8_0.gguf");

    private static final RenderOptions OPTIONS = RenderOptions.of("<s>", "</s>");

    private static ChatTemplate template() throws IOException {
        try (GgufFile file = GgufFile.open(MODEL)) {
            return ChatTemplate.ofSource("demo", file.metadata().string("tokenizer.chat_template"));
        }
    }

    @Test
    void everyQuestion_becomesItsPrompt() throws IOException {
        ChatTemplate template = template();
        int questions = 0;
        for (JsonNode picture : Fixture.of("demo").expected().get("pictures")) {
            for (JsonNode question : picture.get("questions")) {
                ChatMessage message = ChatMessage.of(
                        "user",
                        new Content.Image(0),
                        new Content.Text(question.get("question").textValue()));
                ChatPrompt prompt = template.render(List.of(message), OPTIONS);
                assertEquals(question.get("prompt").textValue(), Prompts.text(prompt));
                assertEquals(5, prompt.parts().size());
                questions++;
            }
        }
        assertEquals(33, questions);
    }

    @Test
    void laterTurns_followTheEndOfTheAnswer() throws IOException {
        ChatPrompt prompt = template()
                .render(
                        List.of(
                                ChatMessage.of("user", new Content.Image(0), new Content.Text("Describe the image.")),
                                ChatMessage.assistant("A red ring."),
                                ChatMessage.user("How many shapes are there?")),
                        OPTIONS);
        assertEquals(
                "USER: ‹0›\n«Describe the image.» ASSISTANT: «A red ring.»</s>USER: «How many shapes are there?» ASSISTANT:",
                Prompts.marked(prompt));
    }
}
