package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.peregrine.cli.serve.ApiException;
import io.peregrine.cli.serve.picture.PictureUrl;
import io.peregrine.model.chat.ChatMessage;
import io.peregrine.model.chat.Content;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Reads the messages of a chat.
///
/// @param messages with pictures by their place in `pictures`
/// @param pictures in the order of the messages
record ChatMessages(List<ChatMessage> messages, List<PictureUrl> pictures) {

    private static final int MAX_MESSAGES = 10_000;
    private static final String NO_TOOLS = "this server knows no tools";
    private static final String CONTENT = "a string, or an array of parts";

    static ChatMessages read(Fields request) {
        List<JsonNode> items =
                request.array("messages", 1, MAX_MESSAGES, "an array of 1 to " + MAX_MESSAGES + " messages");
        List<ChatMessage> messages = new ArrayList<>();
        List<PictureUrl> pictures = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            messages.add(message(Fields.of(items.get(i), request.path("messages") + "[" + i + "]"), pictures));
        }
        return new ChatMessages(messages, pictures);
    }

    private static ChatMessage message(Fields message, List<PictureUrl> pictures) {
        String role = message.requiredString("role");
        message.unsupported("tool_calls", NO_TOOLS)
                .unsupported("tool_call_id", NO_TOOLS)
                .unsupported("function_call", NO_TOOLS)
                .unsupported("audio", "this server hears and says nothing")
                .unsupported("refusal", "leave it out");
        String templateRole =
                switch (role) {
                    case "system", "developer" -> "system";
                    case "user", "assistant" -> role;
                    case "tool", "function" -> throw Fields.notSupported(message.path("role"), role, NO_TOOLS);
                    default ->
                        throw Fields.wrong(
                                message.path("role"), Shown.text(role), "system, developer, user or assistant");
                };
        List<Content> content = content(message, role, pictures);
        String name = message.string("name");
        message.end();
        return new ChatMessage(templateRole, content, name == null ? Map.of() : Map.of("name", name));
    }

    private static List<Content> content(Fields message, String role, List<PictureUrl> pictures) {
        JsonNode value = message.required("content", CONTENT);
        String path = message.path("content");
        if (value.isTextual()) {
            return List.of(new Content.Text(value.textValue()));
        }
        if (!(value instanceof ArrayNode parts) || parts.isEmpty()) {
            throw Fields.wrong(path, value.isArray() ? "an empty array" : Shown.value(value), CONTENT);
        }
        List<Content> content = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            Fields part = Fields.of(parts.get(i), path + "[" + i + "]");
            content.add(part(part, role, pictures));
            part.end();
        }
        return content;
    }

    private static Content part(Fields part, String role, List<PictureUrl> pictures) {
        String type = part.requiredString("type");
        switch (type) {
            case "text" -> {
                return new Content.Text(part.requiredString("text"));
            }
            case "image_url" -> {
                if (!role.equals("user")) {
                    throw ApiException.badField(
                            part.path("type"),
                            part.path("type") + ": found a picture in a message of role " + role
                                    + ", expected it in a message of role user");
                }
                pictures.add(PictureField.read(part));
                return new Content.Image(pictures.size() - 1);
            }
            case "input_audio", "file", "refusal", "video_url" ->
                throw Fields.notSupported(part.path("type"), type, "send text and image_url parts");
            default -> throw Fields.wrong(part.path("type"), Shown.text(type), "text or image_url");
        }
    }
}
