package io.peregrine.model.template;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.TemplateException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Templates give what Jinja gives, and fail where Jinja fails. The Python scripts beside the resources wrote
/// the answers, in the environment that Hugging Face renders chat templates in.
class GoldenTest {

    @ParameterizedTest
    @ValueSource(strings = {"expressions.json", "statements.json"})
    void templates_renderAsInJinja(String resource) throws IOException {
        JsonNode golden = Jinja.json(resource);
        List<String> differences = new ArrayList<>();
        for (JsonNode item : golden.get("cases")) {
            Map<String, Object> variables = Jinja.variables(golden.get("variables"));
            String template = item.get("template").asText();
            String expected = item.get("output").isNull()
                    ? "an error"
                    : "'" + item.get("output").asText() + "'";
            String found;
            try {
                found = "'" + Jinja.render(template, variables) + "'";
            } catch (TemplateException e) {
                found = "an error";
            }
            if (!found.equals(expected)) {
                differences.add(template + "\ngave " + found + ", expected " + expected);
            }
        }
        assertEquals("", String.join("\n", differences));
    }
}
