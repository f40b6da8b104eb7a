package io.peregrine.cli;

import io.peregrine.model.Model;
import io.peregrine.model.chat.ChatTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options of commands that speak with a model through its chat template.
final class ChatArguments {

    @Mixin
    private Template named = new Template();

    @Option(names = "--system", paramLabel = "TEXT", description = "How the model is to behave.")
    @Nullable
    String system;

    /// Whether a template was named.
    boolean namesTemplate() {
        return named.template != null;
    }

    /// The template that was named, or else that of the model.
    ChatTemplate template(Model model) throws IOException {
        ChatTemplate own = named.read();
        return own == null ? model.chatTemplate() : own;
    }

    /// The option that names a template.
    static final class Template {

        @Option(
                names = "--chat-template",
                paramLabel = "NAME|FILE",
                description = "A built-in prompt format (chatml, llama3, mistral, vicuna, ...; a wrong name lists them) or"
                        + " a file with a template in Jinja. Default: the one in the model's file, or else that of the"
                        + " image encoder's family.")
        private @Nullable String template;

        /// The template that was named, or null.
        @Nullable
        ChatTemplate read() throws IOException {
            if (template == null) {
                return null;
            }
            if (!ChatTemplate.builtinNames().contains(template) && Files.isRegularFile(Path.of(template))) {
                return ChatTemplate.ofSource(template, Files.readString(Path.of(template)));
            }
            return ChatTemplate.builtin(template);
        }
    }
}
