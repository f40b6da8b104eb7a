package io.peregrine.model.chat;

import io.peregrine.core.TemplateException;
import io.peregrine.model.template.Budget;
import io.peregrine.model.template.Origin;
import io.peregrine.model.template.Template;
import io.peregrine.model.template.Text;
import io.peregrine.model.template.Value;
import io.peregrine.model.template.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Turns a conversation into the prompt that a model was trained with.
///
/// The template is Jinja, of the kind that GGUF files carry under `tokenizer.chat_template`. It sees the variables
/// `messages`, `bos_token`, `eos_token`, `add_generation_prompt`, `tools` and `documents` (none unless given) and
/// those of the options. It may come from an untrusted file: it works on plain data only and within
/// [TemplateLimits].
///
/// Immutable; safe for any thread.
public final class ChatTemplate {

    private final String name;
    private final Template template;
    private final TemplateLimits limits;
    private final @Nullable ImageFrame imageFrame;
    private final List<String> stops;
    private volatile @Nullable TemplateCapabilities capabilities;

    private ChatTemplate(
            String name,
            Template template,
            TemplateLimits limits,
            @Nullable ImageFrame imageFrame,
            List<String> stops) {
        this.name = name;
        this.template = template;
        this.limits = limits;
        this.imageFrame = imageFrame;
        this.stops = stops;
    }

    /// The template of a Jinja source, with the default limits.
    ///
    /// @param name what error messages call it, such as `model.gguf: tokenizer.chat_template`
    /// @throws TemplateException if the source is not valid or too long, with line and column
    public static ChatTemplate ofSource(String name, String jinja) {
        return ofSource(name, jinja, TemplateLimits.defaults());
    }

    /// As [#ofSource(String, String)], with other limits.
    public static ChatTemplate ofSource(String name, String jinja, TemplateLimits limits) {
        return new ChatTemplate(name, parsed(name, jinja, limits), limits, null, List.of());
    }

    private static Template parsed(String name, String jinja, TemplateLimits limits) {
        if (jinja.length() > limits.sourceChars()) {
            throw new TemplateException(
                    name,
                    "the source has " + jinja.length() + " characters, more than the limit of "
                            + limits.sourceChars() + " (raise TemplateLimits.sourceChars if it is right)");
        }
        return Template.parse(name, jinja, limits.depth());
    }

    /// A template that comes with Peregrine.
    ///
    /// @param name one of [#builtinNames]
    /// @throws TemplateException if there is none of that name; the message lists those there are
    public static ChatTemplate builtin(String name) {
        BuiltinTemplates.Format format = BuiltinTemplates.format(name);
        String called = "built-in template '" + name + "'";
        TemplateLimits limits = TemplateLimits.defaults();
        return new ChatTemplate(
                called, parsed(called, format.source(), limits), limits, format.frame(), format.stops());
    }

    /// The names that [#builtin] takes, in alphabetical order.
    public static List<String> builtinNames() {
        return BuiltinTemplates.NAMES;
    }

    /// What stands around images in this format, or null if it leaves that to the vision side. Only built-in
    /// templates know it.
    public @Nullable ImageFrame imageFrame() {
        return imageFrame;
    }

    /// Strings that end an answer in this format, beside the tokens of the vocabulary that do. Only built-in
    /// templates know them.
    public List<String> stops() {
        return stops;
    }

    /// What the template can do. Found on first use.
    ///
    /// @throws TemplateException if the template goes beyond its limits
    public TemplateCapabilities capabilities() {
        TemplateCapabilities known = capabilities;
        if (known == null) {
            known = new CapabilityProbe(template, limits).find();
            capabilities = known;
        }
        return known;
    }

    /// Renders a conversation.
    ///
    /// A template without a place for system messages gets the text of the first message, if that is a system
    /// message, at the start of the user message behind it.
    ///
    /// @throws TemplateException if the template refuses the messages, fails, goes beyond its limits, or does not
    ///     put each image in the prompt exactly once
    /// @throws IllegalArgumentException if a variable or field holds something else than plain data
    public ChatPrompt render(List<ChatMessage> messages, RenderOptions options) {
        TemplateCapabilities able = capabilities();
        List<ChatMessage> fitting = able.systemRole() ? messages : mergeSystem(messages);
        Budget budget = budget(limits);
        List<Value> values = new Conversation(able, options.imageFrame(), budget).values(fitting);
        Text text = template.render(globals(values, options), budget, options.clock());
        List<Integer> images = indexes(fitting, Content.Image.class, Content.Image::index);
        PromptParts parts = PromptParts.of(text, images, able.imagePlaceholder());
        checkAll("image", images, parts.found());
        checkAll("region", indexes(fitting, Content.Region.class, Content.Region::index), parts.regions());
        boolean bos = !options.bosToken().isEmpty()
                && !parts.parts().isEmpty()
                && parts.parts().getFirst() instanceof ChatPrompt.Text first
                && !first.fromUser()
                && first.text().startsWith(options.bosToken());
        return new ChatPrompt(parts.parts(), bos);
    }

    static Budget budget(TemplateLimits limits) {
        return new Budget(limits.steps(), limits.depth(), limits.bytes());
    }

    static Map<String, Value> globals(List<Value> messages, RenderOptions options) {
        Map<String, Value> globals = new LinkedHashMap<>();
        globals.put("tools", Values.of(null, Origin.TEMPLATE));
        globals.put("documents", Values.of(null, Origin.TEMPLATE));
        options.variables().forEach((key, value) -> globals.put(key, Values.of(value, Origin.USER)));
        globals.put("messages", Values.of(messages, Origin.USER));
        globals.put("bos_token", Text.of(options.bosToken(), Origin.TEMPLATE));
        globals.put("eos_token", Text.of(options.eosToken(), Origin.TEMPLATE));
        globals.put("add_generation_prompt", Values.of(options.addGenerationPrompt(), Origin.TEMPLATE));
        return globals;
    }

    private List<ChatMessage> mergeSystem(List<ChatMessage> messages) {
        if (messages.isEmpty() || !messages.getFirst().role().equals("system")) {
            return messages;
        }
        if (messages.size() < 2 || !messages.get(1).role().equals("user")) {
            throw new TemplateException(
                    name,
                    "the template has no place for a system message, and no user message follows to take it up; "
                            + "leave it out or begin with a user message");
        }
        ChatMessage user = messages.get(1);
        List<Content> content = new ArrayList<>(messages.getFirst().content());
        content.add(new Content.Text("\n"));
        content.addAll(user.content());
        List<ChatMessage> merged = new ArrayList<>(messages.subList(1, messages.size()));
        merged.set(0, new ChatMessage(user.role(), content, user.fields()));
        return merged;
    }

    private static <T> List<Integer> indexes(List<ChatMessage> messages, Class<T> type, ToIntFunction<T> index) {
        return messages.stream()
                .flatMap(message -> message.content().stream())
                .filter(type::isInstance)
                .map(type::cast)
                .map(index::applyAsInt)
                .toList();
    }

    private void checkAll(String what, List<Integer> given, List<Integer> found) {
        List<Integer> wanted = given.stream().sorted().toList();
        if (wanted.equals(found.stream().sorted().toList())) {
            return;
        }
        throw new TemplateException(
                name,
                "the messages have " + count(given.size(), what) + ", but the template has places for "
                        + count(found.size(), what) + "; put " + what + "s only into messages for which the template has"
                        + " a place");
    }

    private static String count(int things, String what) {
        return things + " " + what + (things == 1 ? "" : "s");
    }
}
