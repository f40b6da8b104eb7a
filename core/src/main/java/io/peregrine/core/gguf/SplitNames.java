package io.peregrine.core.gguf;

import io.peregrine.core.ModelFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The files of a split model: `NAME-00001-of-00003.gguf` and so on in one directory, each with the keys
/// `split.no` (from 0), `split.count` and `split.tensors.count` (of all parts together).
///
/// Source: `ggml-org/llama.cpp : tools/gguf-split`.
final class SplitNames {

    private static final String COUNT_KEY = "split.count";
    private static final String NUMBER_KEY = "split.no";
    private static final String TENSORS_KEY = "split.tensors.count";
    private static final int MOST_PARTS = 65_535;
    private static final String PUBLISHED = "keep the names that the parts were published under";
    private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf", Pattern.DOTALL);

    private final Path given;
    private final String prefix;
    private final int index;
    private final int count;

    private SplitNames(Path given, String prefix, int index, int count) {
        this.given = given;
        this.prefix = prefix;
        this.index = index;
        this.count = count;
    }

    /// How many files the model has; 0 or 1 if it is not split.
    static int count(Metadata metadata) {
        return metadata.integer(COUNT_KEY, 1, 0, MOST_PARTS);
    }

    /// The names of all parts, from the name of one of them.
    static SplitNames of(Path given, Metadata metadata, int count) {
        int index = metadata.integer(NUMBER_KEY, 0, count - 1);
        Path fileName = given.getFileName();
        Matcher name = NAME.matcher(fileName == null ? "" : fileName.toString());
        String expected = suffix(index, count);
        if (!name.matches() || !name.group().endsWith(expected)) {
            throw new ModelFormatException(
                    given.toString(),
                    "file name",
                    "part " + (index + 1) + " of " + count + " by its keys " + NUMBER_KEY + " and " + COUNT_KEY,
                    "a name that ends in " + expected,
                    PUBLISHED);
        }
        return new SplitNames(given, name.group(1), index, count);
    }

    private static String suffix(int index, int count) {
        return String.format(Locale.ROOT, "-%05d-of-%05d.gguf", index + 1, count);
    }

    /// Which part the given file is, from 0.
    int index() {
        return index;
    }

    Path path(int part) {
        return given.resolveSibling(prefix + suffix(part, count));
    }

    /// Fails with the name of the first file that is missing.
    void requireAll() {
        for (int i = 0; i < count; i++) {
            Path part = path(i);
            if (Files.notExists(part)) {
                throw new ModelFormatException(
                        given.toString(),
                        "part " + (i + 1) + " of " + count,
                        "no file " + part.getFileName(),
                        "it in the same directory",
                        "download all parts");
            }
        }
    }

    /// Checks that the parts belong together.
    ///
    /// @param parts the metadata of all parts in order
    /// @param tensors how many tensors all of them have
    static void check(List<Metadata> parts, long tensors) {
        for (int i = 0; i < parts.size(); i++) {
            Metadata part = parts.get(i);
            require(part, NUMBER_KEY, i);
            require(part, COUNT_KEY, parts.size());
        }
        Metadata first = parts.getFirst();
        int expected = first.integer(TENSORS_KEY, 0, Integer.MAX_VALUE);
        if (tensors != expected) {
            throw new ModelFormatException(
                    first.file(),
                    "key " + TENSORS_KEY,
                    tensors + " tensors in all parts",
                    Integer.toString(expected),
                    "are all parts of the same model?");
        }
    }

    private static void require(Metadata part, String key, int expected) {
        int found = part.integer(key, 0, MOST_PARTS);
        if (found != expected) {
            throw new ModelFormatException(
                    part.file(), "key " + key, Integer.toString(found), Integer.toString(expected), PUBLISHED);
        }
    }
}
