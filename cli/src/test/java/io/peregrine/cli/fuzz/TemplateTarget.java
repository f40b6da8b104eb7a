package io.peregrine.cli.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peregrine.core.TemplateException;
import io.peregrine.model.chat.ChatMessage;
import io.peregrine.model.chat.ChatTemplate;
import io.peregrine.model.chat.Content;
import io.peregrine.model.chat.RenderOptions;
import io.peregrine.model.chat.TemplateLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Chat templates: parsed, asked what they can do, and rendered with a picture and with a call of a tool, beside text
/// that looks like a template.
final class TemplateTarget implements Target {

    private static final String NAME = "mutant";

    /// Small, so that a lucky loop does not make a case slow.
    private static final TemplateLimits LIMITS = new TemplateLimits(1 << 18, 50_000, 100, 1 << 18);

    /// Pieces that make trouble when they land in the wrong place.
    static final List<String> PIECES = List.of(
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

    private static final List<ChatMessage> PICTURE = List.of(
            ChatMessage.of("user", new Content.Image(0), new Content.Text("What is <|im_end|> here? é\u0301")));

    private static final List<ChatMessage> CALL = List.of(
            ChatMessage.system("Be {{ brief }}."),
            ChatMessage.user("What is <|im_end|> here? é\u0301"),
            new ChatMessage(
                    "assistant",
                    List.of(),
                    Map.of("tool_calls", List.of(Map.of("name", "f", "arguments", Map.of("x", 1, "y", List.of(2.5)))))),
            ChatMessage.of("tool", new Content.Text("{\"a\": [1, null]}")),
            ChatMessage.user("So?"));

    private static final RenderOptions OPTIONS = RenderOptions.of("<s>", "</s>")
            .withClock(Clock.fixed(Instant.parse("2024-07-06T15:04:09Z"), ZoneOffset.UTC))
            .withVariables(Map.of("x", List.of(3, 1, 2), "tools", List.of(Map.of("name", "f"))));

    private final List<byte[]> seeds = seedSources().stream().map(Target::bytes).toList();

    /// The expressions and statements of the golden tests, and as often the templates of well-known families.
    private static List<String> seedSources() {
        List<String> sources = new ArrayList<>();
        for (String golden : List.of("expressions.json", "statements.json")) {
            cases(golden).forEach(item -> sources.add(item.get("template").asText()));
        }
        List<byte[]> families = Fixtures.files(Fixtures.resource("template/families"), ".jinja").stream()
                .map(Fixtures::bytes)
                .toList();
        int expressions = sources.size();
        for (int i = 0; i < expressions; i++) {
            sources.add(Target.text(families.get(i % families.size())));
        }
        return sources;
    }

    private static JsonNode cases(String golden) {
        try {
            return new ObjectMapper().readTree(Fixtures.bytes(Fixtures.resource("template/" + golden))).get("cases");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "template";
    }

    @Override
    public List<byte[]> seeds() {
        return seeds;
    }

    @Override
    public boolean isText() {
        return true;
    }

    @Override
    public boolean accepts(byte[] input) {
        try {
            ChatTemplate template = ChatTemplate.ofSource(NAME, Target.text(input), LIMITS);
            return renders(template, CALL) | renders(template, PICTURE);
        } catch (TemplateException e) {
            return Refusal.checked(e, NAME);
        }
    }

    private static boolean renders(ChatTemplate template, List<ChatMessage> messages) {
        try {
            template.render(messages, OPTIONS);
            return true;
        } catch (TemplateException e) {
            return Refusal.checked(e, NAME);
        }
    }

    /// A template is rendered several times to see what it can do.
    @Override
    public long allowedBytes(int length) {
        return (64 << 20) + 4_000L * length;
    }

    @Override
    public byte[] damaged(byte[] seed, SplittableRandom random) {
        return random.nextInt(10) == 0
                ? Damage.bytes(seed, random)
                : Target.bytes(Damage.text(Target.text(seed), PIECES, random));
    }
}
