package io.peregrine.model.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One message of a conversation. Immutable, if its fields are.
///
/// @param role who speaks: `system`, `user`, `assistant`, `tool` or another name of letters, digits, `-` and `_`,
///     at most 64; it is the application's word and not the user's, so templates may make special tokens with it
/// @param content what is said, in order
/// @param fields what else the template may look at, such as `tool_calls` or `name`: null, booleans, numbers,
///     strings, lists and maps with string keys; treated as the user's text
public record ChatMessage(String role, List<Content> content, Map<String, ? extends @Nullable Object> fields) {

    private static final int MAX_ROLE = 64;

    /// @throws IllegalArgumentException if the role is not such a name, or a field is called `role` or `content`
    public ChatMessage {
        if (!isRole(role)) {
            throw new IllegalArgumentException("the role '" + role
                    + "' is not a name of 1 to 64 letters, digits, '-' and '_'");
        }
        if (fields.containsKey("role") || fields.containsKey("content")) {
            throw new IllegalArgumentException("the fields 'role' and 'content' are given by themselves");
        }
        content = List.copyOf(content);
        fields = Collections.unmodifiableMap(new LinkedHashMap<String, @Nullable Object>(fields));
    }

    /// A message without further fields.
    public static ChatMessage of(String role, Content... content) {
        return new ChatMessage(role, List.of(content), Map.of());
    }

    public static ChatMessage system(String text) {
        return of("system", new Content.Text(text));
    }

    public static ChatMessage user(String text) {
        return of("user", new Content.Text(text));
    }

    public static ChatMessage assistant(String text) {
        return of("assistant", new Content.Text(text));
    }

    private static boolean isRole(String role) {
        return !role.isEmpty()
                && role.length() <= MAX_ROLE
                && role.chars()
                        .allMatch(c -> (c >= 'a' && c <= 'z')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= '0' && c <= '9')
                                || c == '-'
                                || c == '_');
    }
}
