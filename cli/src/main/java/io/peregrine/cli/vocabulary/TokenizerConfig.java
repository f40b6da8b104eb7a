package io.peregrine.cli.vocabulary;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.peregrine.cli.checkpoint.JsonFile;
import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the files beside a vocabulary say about it: tokens that were added, special ones, rules, the chat template.
/// All of them may be absent.
final class TokenizerConfig {

    /// A token that was added to a vocabulary.
    ///
    /// @param special whether it steers the model rather than being text
    record Added(String text, boolean special) {}

    private final Path folder;
    private final JsonNode config;
    private final TreeMap<Integer, Added> added = new TreeMap<>();

    private TokenizerConfig(Path folder) {
        this.folder = folder;
        this.config = optional("tokenizer_config.json");
        optional("added_tokens.json")
                .properties()
                .forEach(entry -> add("added_tokens.json", entry.getValue(), entry.getKey(), true));
        for (JsonNode token : optional("tokenizer.json").path("added_tokens")) {
            add(
                    "tokenizer.json",
                    token.path("id"),
                    token.path("content").asText(),
                    token.path("special").asBoolean());
        }
        config.path("added_tokens_decoder").properties().forEach(entry -> {
            JsonNode id = JsonNodeFactory.instance.numberNode(number(entry.getKey()));
            JsonNode token = entry.getValue();
            add(
                    "tokenizer_config.json",
                    id,
                    token.path("content").asText(),
                    token.path("special").asBoolean());
        });
    }

    static TokenizerConfig read(Path folder) {
        return new TokenizerConfig(folder);
    }

    private JsonNode optional(String name) {
        Path file = folder.resolve(name);
        return Files.isRegularFile(file) ? JsonFile.read(file) : JsonNodeFactory.instance.objectNode();
    }

    private static int number(String text) {
        return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
    }

    private void add(String file, JsonNode id, String text, boolean special) {
        if (!id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= Vocabulary.MOST_TOKENS || text.isEmpty()) {
            throw new ModelFormatException(
                    folder.resolve(file).toString(),
                    "added token '" + Printable.of(text) + "'",
                    "id " + Printable.of(id.toString()),
                    "a text, and an id from 0 to " + (Vocabulary.MOST_TOKENS - 1),
                    "");
        }
        added.put(id.intValue(), new Added(text, special));
    }

    /// By id, in order.
    Map<Integer, Added> added() {
        return added;
    }

    boolean bool(String key, boolean absent) {
        return config.path(key).isBoolean() ? config.get(key).booleanValue() : absent;
    }

    /// The text of a special token such as `bos_token`, or null.
    @Nullable
    String special(String key) {
        JsonNode token = config.path(key).isObject() ? config.get(key).path("content") : config.path(key);
        return token.isTextual() ? token.textValue() : null;
    }

    /// The chat template: a file of its own, or in the configuration, where of several the one called default counts.
    @Nullable
    String chatTemplate() {
        Path jinja = folder.resolve("chat_template.jinja");
        if (Files.isRegularFile(jinja)) {
            try {
                return Files.readString(jinja);
            } catch (IOException e) {
                throw ModelFileException.of(jinja, "read", e);
            }
        }
        JsonNode template = config.path("chat_template");
        if (template.isMissingNode() || template.isNull()) {
            template = optional("chat_template.json").path("chat_template");
        }
        if (template.isArray()) {
            for (JsonNode named : template) {
                if (named.path("name").asText().equals("default")) {
                    template = named.path("template");
                }
            }
        }
        return template.isTextual() ? template.textValue() : null;
    }
}
