package io.peregrine.model.chat;

import io.peregrine.core.TemplateException;
import io.peregrine.model.template.Budget;
import io.peregrine.model.template.Origin;
import io.peregrine.model.template.Template;
import io.peregrine.model.template.Text;
import io.peregrine.model.template.Value;
import io.peregrine.model.template.Values;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds what a template can do by rendering small conversations and looking for what was said in them.
///
/// A template that fails on a conversation cannot do what it takes; one that goes beyond its limits is an error.
final class CapabilityProbe {

    private static final String SYSTEM = "peregrine-probe-system";
    private static final String USER = "peregrine-probe-user";
    private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    private static final RenderOptions OPTIONS = RenderOptions.of("<s>", "</s>").withClock(CLOCK);

    private final Template template;
    private final TemplateLimits limits;

    CapabilityProbe(Template template, TemplateLimits limits) {
        this.template = template;
        this.limits = limits;
    }

    TemplateCapabilities find() {
        Map<String, Object> item = item(USER);
        Text plain = render(List.of(message("user", USER)), true);
        Text typed = render(List.of(message("user", List.of(item))), true);
        boolean typedContent = typed != null && says(typed, USER) && !isDump(typed);
        boolean stringContent = (plain != null && says(plain, USER)) || !typedContent;
        Object user = stringContent ? USER : List.of(item);
        boolean stringSystem = stringContent && system(SYSTEM, user);
        boolean typedSystem = !stringSystem && typedContent && system(List.of(item(SYSTEM)), user);
        return new TemplateCapabilities(
                stringSystem || typedSystem,
                typedSystem,
                stringContent,
                typedContent,
                typedContent ? placeholder(item) : null,
                generationPrompt(message("user", user)));
    }

    private static Map<String, Object> item(String text) {
        return Map.of("type", "text", "text", text);
    }

    /// Whether a list was written as such, by Python or as JSON, by a template that expects a string.
    private static boolean isDump(Text text) {
        return text.toString().contains("'type'") || text.toString().contains("\"type\"");
    }

    private boolean system(Object system, Object user) {
        Text text = render(List.of(message("system", system), message("user", user)), true);
        return text != null && says(text, SYSTEM);
    }

    private @Nullable String placeholder(Map<String, Object> textItem) {
        Text text = render(List.of(message("user", List.of(Map.of("type", "image"), textItem))), true);
        if (text == null || !says(text, USER)) {
            return null;
        }
        StringBuilder written = new StringBuilder();
        for (Text.Run run : text.runs()) {
            written.append(run.origin() == Origin.TEMPLATE ? run.text() : "\n");
        }
        return Placeholders.onlyOne(written.toString());
    }

    private boolean generationPrompt(Value message) {
        Text with = render(List.of(message), true);
        Text without = render(List.of(message), false);
        return with != null && !with.equals(without);
    }

    private static Value message(String role, Object content) {
        Map<String, Object> message = Map.of("role", Text.of(role, Origin.TEMPLATE), "content", content);
        return Values.of(message, Origin.USER);
    }

    /// Whether the user's word is in the text, as the user's.
    private static boolean says(Text text, String word) {
        return text.runs().stream()
                .anyMatch(run -> run.origin() == Origin.USER
                        && run.text().toLowerCase(Locale.ROOT).contains(word));
    }

    private @Nullable Text render(List<Value> messages, boolean addGenerationPrompt) {
        Budget budget = ChatTemplate.budget(limits);
        RenderOptions options = OPTIONS.withAddGenerationPrompt(addGenerationPrompt);
        try {
            return template.render(ChatTemplate.globals(messages, options), budget, CLOCK);
        } catch (TemplateException e) {
            if (budget.exhausted()) {
                throw e;
            }
            return null;
        }
    }
}
