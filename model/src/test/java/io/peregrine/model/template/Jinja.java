package io.peregrine.model.template;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Renders templates in tests, with the limits that users get and a clock that stands still.
final class Jinja {

    static final Clock NOW = Clock.fixed(Instant.parse("2024-07-06T15:04:09Z"), ZoneOffset.UTC);

    private static final ObjectMapper JSON = new ObjectMapper();

    private Jinja() {}

    static Budget budget() {
        return new Budget(10_000_000, 200, 16 << 20);
    }

    static Text text(String template, Map<String, ? extends @Nullable Object> variables) {
        Map<String, Value> values = new LinkedHashMap<>();
        variables.forEach((name, value) -> values.put(name, Values.of(value, Origin.USER)));
        return Template.parse("test", template, 200).render(values, budget(), NOW);
    }

    static String render(String template, Map<String, ? extends @Nullable Object> variables) {
        return text(template, variables).toString();
    }

    static String render(String template) {
        return render(template, Map.of());
    }

    /// A resource of this package.
    static JsonNode json(String resource) throws IOException {
        try (InputStream in = Objects.requireNonNull(Jinja.class.getResourceAsStream(resource), resource)) {
            return JSON.readTree(in);
        }
    }

    /// A resource of this package as text.
    static String resource(String resource) throws IOException {
        try (InputStream in = Objects.requireNonNull(Jinja.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// Lists, maps and plain values.
    static Object data(JsonNode node) {
        return JSON.convertValue(node, Object.class);
    }

    static Map<String, Object> variables(JsonNode object) {
        return JSON.convertValue(object, new TypeReference<LinkedHashMap<String, Object>>() {});
    }
}
