package io.peregrine.model.chat;

import io.peregrine.core.TemplateException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The templates that come with Peregrine: Jinja sources of our own, one resource each, for what the authors of the
/// models document. They write `bos_token` and `eos_token` where a turn has them.
final class BuiltinTemplates {

    static final List<String> NAMES =
            List.of("chatml", "gemma", "llama2", "llama3", "llava", "mistral", "phi3", "vicuna", "zephyr");

    private BuiltinTemplates() {}

    static String source(String name) {
        if (!NAMES.contains(name)) {
            throw new TemplateException(
                    "chat template '" + name + "'",
                    "there is no built-in template of that name; there are " + String.join(", ", NAMES));
        }
        try (InputStream in = BuiltinTemplates.class.getResourceAsStream(name + ".jinja")) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + ".jinja is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
