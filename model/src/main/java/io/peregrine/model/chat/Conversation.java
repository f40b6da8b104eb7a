package io.peregrine.model.chat;

import io.peregrine.model.template.Budget;
import io.peregrine.model.template.Origin;
import io.peregrine.model.template.Text;
import io.peregrine.model.template.Value;
import io.peregrine.model.template.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns messages into the values that a template sees, in the form that it takes.
final class Conversation {

    private final TemplateCapabilities capabilities;
    private final ImageFrame frame;
    private final Budget budget;
    private int images;

    Conversation(TemplateCapabilities capabilities, ImageFrame frame, Budget budget) {
        this.capabilities = capabilities;
        this.frame = frame;
        this.budget = budget;
    }

    /// The messages as maps with `role`, `content` and the fields.
    List<Value> values(List<ChatMessage> messages) {
        List<Value> values = new ArrayList<>(messages.size());
        for (ChatMessage message : messages) {
            values.add(message(message.role(), content(message), message.fields()));
        }
        return values;
    }

    private static Value message(String role, Value content, Map<String, ? extends @Nullable Object> fields) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("role", Text.of(role, Origin.TEMPLATE));
        map.put("content", content);
        map.putAll(fields);
        return Values.of(map, Origin.USER);
    }

    /// The content as a string where that will do, because every template was tried with that; as a list of typed
    /// items where the template places images, or takes nothing else.
    private Value content(ChatMessage message) {
        boolean hasImage = message.content().stream().anyMatch(Content.Image.class::isInstance);
        boolean places = hasImage && capabilities.imagePlaceholder() != null;
        boolean typedSystem = capabilities.typedSystem() && message.role().equals("system");
        if (places || typedSystem || !capabilities.stringContent()) {
            return typed(message.content(), places);
        }
        List<Text> texts = new ArrayList<>();
        for (Content content : message.content()) {
            switch (content) {
                case Content.Text text -> texts.add(Text.of(text.text(), Origin.USER));
                case Content.Image image -> framed(image, texts);
                case Content.Region region -> texts.add(Text.region(region.index()));
            }
        }
        return Text.join(texts, budget);
    }

    private void framed(Content.Image image, List<Text> texts) {
        images++;
        texts.add(Text.of(frame.before(images), Origin.TEMPLATE));
        texts.add(Text.image(image.index()));
        texts.add(Text.of(frame.after(images), Origin.TEMPLATE));
    }

    /// @param places whether the template is told of images as such, or gets their marks as items of text
    private Value typed(List<Content> contents, boolean places) {
        List<Object> items = new ArrayList<>();
        List<Text> words = new ArrayList<>();
        boolean behindRegion = false;
        for (Content content : contents) {
            boolean region = content instanceof Content.Region;
            // A region is part of the text around it: a template may put something between items.
            if (!region && !(behindRegion && content instanceof Content.Text)) {
                addText(words, items);
            }
            behindRegion = region;
            switch (content) {
                case Content.Text text -> words.add(Text.of(text.text(), Origin.USER));
                case Content.Region place -> words.add(Text.region(place.index()));
                case Content.Image image when places ->
                    items.add(Map.of("type", Text.of("image", Origin.TEMPLATE)));
                case Content.Image image -> {
                    framed(image, words);
                    addText(words, items);
                }
            }
        }
        addText(words, items);
        return Values.of(items, Origin.USER);
    }

    /// Makes an item of collected texts.
    private void addText(List<Text> words, List<Object> items) {
        if (words.isEmpty()) {
            return;
        }
        Map<String, Object> item = new LinkedHashMap<>();
        item.put("type", Text.of("text", Origin.TEMPLATE));
        item.put("text", Text.join(words, budget));
        items.add(item);
        words.clear();
    }
}
