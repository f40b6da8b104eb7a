package io.peregrine.model.template;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.TemplateException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Damaged templates end in an output or in a [io.peregrine.core.TemplateException], and in nothing else.
class TemplateMutationTest {

    private static final int CASES = 20_000;

    /// Pieces that make trouble when they land in the wrong place.
    private static final List<String> PIECES = List.of(
            "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "'", "\"", "\\", "(", ")", "[", "]", "{", "}", "|", ".",
            ",", ":", "~", "**", "//", "%", "==", "<", "=", "1", "0", "-1", "9223372036854775807", "1e308", "0.5",
            " in ", " is ", " not ", " if ", " else ", " and ", "none", "true", "loop", "loop.last", "range(3)",
            "namespace()", "messages", "nothing", "''", "'%s'", "[]", "{}", "{'a': 1}", "(1,)", "[::-1]", "[1:]",
            "|tojson", "|length", "|list", "|sort", "|first", "|join(',')", "|map('upper')", "|map(attribute='x')",
            "|selectattr('role')", "|int", "|round(2)", "|string", "|default('x')", "|items", "|dictsort", "|indent",
            "|replace('a', 'b')", ".split('a')", ".strip()", ".format(1)", ".items()", ".pop()", ".append(1)",
            ".get('role')", ".update(a=1)", "{% if x %}", "{% endif %}", "{% else %}", "{% elif 1 %}",
            "{% for x in messages %}", "{% endfor %}", "{% set x = 1 %}", "{% set x %}", "{% endset %}",
            "{% macro m(a, b=1) %}", "{% endmacro %}", "{{ m(1) }}", "{% break %}", "{% continue %}",
            "{% raw %}", "{% endraw %}", "{% filter upper %}", "{% endfilter %}", "{% call m() %}", "{% endcall %}",
            "{% generation %}", "{% endgeneration %}", "\n", "  ", "\u0000", "\uD800", "é", "😀", "{{-", "-%}");

    @Test
    void mutatedTemplates_endInOutputOrTemplateException() throws IOException {
        List<String> sources = new ArrayList<>();
        for (String golden : List.of("expressions.json", "statements.json")) {
            Jinja.json(golden).get("cases").forEach(item -> sources.add(item.get("template").asText()));
        }
        JsonNode families = Jinja.json("families.json");
        for (String family : List.of("llama31", "qwen25", "mistral3", "gemma3", "command_r", "lfm2", "typed_schema")) {
            String source = Jinja.resource("families/" + family + ".jinja");
            for (int i = 0; i < 40; i++) {
                sources.add(source);
            }
        }
        Map<String, Object> variables = new LinkedHashMap<>(Jinja.variables(families.get("variables").get("tools")));
        variables.put("messages", Jinja.data(families.get("conversations").get("call")));
        variables.put("bos_token", "<s>");
        SplittableRandom random = new SplittableRandom(42);
        int rendered = 0;
        for (int i = 0; i < CASES; i++) {
            String source = mutate(sources.get(random.nextInt(sources.size())), random);
            try {
                render(source, variables);
                rendered++;
            } catch (TemplateException expected) {
                // What a damaged template should end in.
            } catch (RuntimeException | StackOverflowError e) {
                fail("case " + i + ": " + source, e);
            }
        }
        assertTrue(rendered > CASES / 20 && rendered < CASES, rendered + " rendered");
    }

    private static void render(String source, Map<String, Object> variables) {
        Map<String, Value> values = new LinkedHashMap<>();
        variables.forEach((name, value) -> values.put(name, Values.of(value, Origin.USER)));
        Template.parse("mutant", source, 100).render(values, new Budget(50_000, 100, 1 << 18), Jinja.NOW).runs();
    }

    private static String mutate(String source, SplittableRandom random) {
        StringBuilder text = new StringBuilder(source);
        for (int count = 1 + random.nextInt(4); count > 0; count--) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + 1 + random.nextInt(8));
            switch (random.nextInt(6)) {
                case 0 -> text.delete(at, end);
                case 1, 2 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
                case 3 -> text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
                case 4 -> text.insert(random.nextInt(text.length() + 1), text.substring(at, end));
                default -> text.setLength(at);
            }
        }
        return text.toString();
    }
}
