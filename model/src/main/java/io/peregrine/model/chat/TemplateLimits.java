package io.peregrine.model.chat;

/// What a chat template may cost. Whatever goes beyond ends in a [io.peregrine.core.TemplateException].
///
/// @param sourceChars characters of the template's source
/// @param steps what one render may do: a node of the syntax tree, or 32 characters looked at, is one step
/// @param depth brackets, blocks and macro calls that may be nested in one another, at most 400, which fits into an
///     ordinary thread's stack
/// @param bytes text and values that one render may make, its output included, at most 1 GiB; characters count as
///     one byte, or as two in texts that go beyond Latin-1
public record TemplateLimits(int sourceChars, long steps, int depth, long bytes) {

    private static final TemplateLimits DEFAULTS = new TemplateLimits(1 << 20, 10_000_000, 200, 16 << 20);

    private static final int MAX_DEPTH = 400;
    private static final long MAX_BYTES = 1 << 30;

    /// @throws IllegalArgumentException naming the limit, its value and its range
    public TemplateLimits {
        check("sourceChars", sourceChars, Integer.MAX_VALUE);
        check("steps", steps, Long.MAX_VALUE);
        check("depth", depth, MAX_DEPTH);
        check("bytes", bytes, MAX_BYTES);
    }

    private static void check(String name, long value, long highest) {
        if (value < 1 || value > highest) {
            throw new IllegalArgumentException(
                    "the template limit " + name + " is " + value + ", expected 1 to " + highest);
        }
    }

    /// A source of 1 Mi characters, 10 million steps, a depth of 200 and 16 MiB.
    public static TemplateLimits defaults() {
        return DEFAULTS;
    }
}
