package io.peregrine.model.template;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.TemplateException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
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
            String template = item.get("template").asText();
            compare(template, template, Jinja.variables(golden.get("variables")), item.get("output"), differences);
        }
        assertEquals("", String.join("\n", differences));
    }

    @Test
    void familiesOfChatTemplates_renderAsInJinja() throws IOException {
        JsonNode golden = Jinja.json("families.json");
        List<String> differences = new ArrayList<>();
        for (JsonNode item : golden.get("cases")) {
            String template = item.get("template").asText();
            String conversation = item.get("conversation").asText();
            String kind = item.get("variables").asText();
            Map<String, Object> variables = Jinja.variables(golden.get("variables").get(kind));
            variables.put("messages", Jinja.data(golden.get("conversations").get(conversation)));
            variables.put("bos_token", "<s>");
            variables.put("eos_token", "</s>");
            String where = template + " " + conversation + " " + kind;
            compare(where, Jinja.resource("families/" + template), variables, item.get("output"), differences);
        }
        assertEquals("", String.join("\n", differences));
    }

    private static void compare(
            String where, String template, Map<String, Object> variables, JsonNode output, List<String> differences) {
        String expected = output.isNull() ? "an error" : "'" + output.asText() + "'";
        String found;
        try {
            found = "'" + Jinja.render(template, variables) + "'";
        } catch (TemplateException e) {
            found = "an error";
        }
        if (!found.equals(expected)) {
            differences.add(where + "\ngave " + found + ", expected " + expected);
        }
    }
}
