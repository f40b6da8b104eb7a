package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The table "What runs" of the README names what is registered and what is checked, no more and no less.
class ReadmeTest {

    private static final Path README = Path.of("../README.md");
    private static final Path FIXTURES = Path.of("src/test/resources/fixtures");
    private static final Pattern NAME = Pattern.compile("`([^`]+)`");

    /// Names in a column of the table.
    private static Set<String> names(int column) throws IOException {
        List<String> lines = Files.readAllLines(README);
        Set<String> names = new TreeSet<>();
        int first = lines.indexOf("## What runs") + 4;
        for (String row : lines.subList(first, lines.size())) {
            if (!row.startsWith("|")) {
                break;
            }
            Matcher name = NAME.matcher(row.split("\\|")[column]);
            while (name.find()) {
                names.add(name.group(1));
            }
        }
        return names;
    }

    /// Files with two towers are models of their own.
    @Test
    void imageEncoders_areThoseRegistered() throws IOException {
        Set<String> registered = new TreeSet<>(ImageEncoders.names());
        registered.add(Clip.NAME);
        assertEquals(registered, names(2));
    }

    @Test
    void decoders_areThoseRegistered() throws IOException {
        assertEquals(new TreeSet<>(Decoders.names()), names(3));
    }

    /// Of systems: folders with an `expected.json`.
    @Test
    void goldenResults_areThoseThatAreChecked() throws IOException {
        Set<String> folders = new TreeSet<>();
        try (Stream<Path> all = Files.list(FIXTURES)) {
            all.filter(folder -> Files.exists(folder.resolve("expected.json")))
                    .map(folder -> folder.getFileName().toString())
                    .map(name -> name.startsWith("text_llama_") ? "text_llama_*" : name)
                    .forEach(folders::add);
        }
        assertEquals(folders, names(4));
    }
}
