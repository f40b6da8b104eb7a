package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/RELIABILITY.md` promises nothing without a test: every row of its catalogue has tests that carry its number
/// and name, the rows link to the files that have them, and every test that the page names exists.
class ReliabilityDocTest {

    private static final int ROWS = 66;

    private static final Path ROOT = Path.of("..");
    private static final Path PAGE = ROOT.resolve("docs/RELIABILITY.md");
    private static final List<String> MODULES = List.of("core", "kernels", "model", "cli", "bench");

    private static final Pattern ROW = Pattern.compile("\\| (\\d+) \\| ([^|]+) \\| [^|]+ \\| [^|]+ \\| ([^|]+) \\|");
    private static final Pattern LINK = Pattern.compile("]\\(\\.\\./([^)#]+\\.java)\\)");

    /// A display name, or the name of one case of a parameterised test.
    private static final Pattern TEST_NAME = Pattern.compile("\"(\\d+) ([^\"]+)\"");

    private static final Pattern METHOD = Pattern.compile("`(\\w+Test)#(\\w+)`");

    /// The number of a row, its name, and the test files that it links to, from the root.
    private record Row(int number, String name, Set<String> files) {

        /// Whether a test of this name is one of this row: it has the row's whole name or some of its alternatives
        /// (of `a-b / c` also `a-c`), and perhaps a variant behind a colon.
        boolean covers(String test) {
            String named = test.split(":", 2)[0];
            return named.equals(name)
                    || Stream.of(named.split(" / "))
                            .allMatch(part -> Stream.of(name.split(" / "))
                                    .anyMatch(own -> part.equals(own) || part.endsWith("-" + own)));
        }
    }

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher matcher = ROW.matcher(line);
            if (matcher.matches()) {
                Set<String> files = new TreeSet<>();
                LINK.matcher(matcher.group(3)).results().forEach(link -> files.add(link.group(1)));
                rows.add(new Row(Integer.parseInt(matcher.group(1)), matcher.group(2), files));
            }
        }
        return rows;
    }

    /// The sources of all tests, by their path from the root.
    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new TreeMap<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    sources.put(ROOT.relativize(file).toString().replace('\\', '/'), Files.readString(file));
                }
            }
        }
        return sources;
    }

    @Test
    void catalogue_hasAllRowsInOrder() throws IOException {
        assertEquals(
                IntStream.rangeClosed(1, ROWS).boxed().toList(), rows().stream().map(Row::number).toList());
    }

    @Test
    void catalogue_linksToTestsThatCarryNumberAndName() throws IOException {
        Map<String, String> sources = sources();
        List<String> wrong = new ArrayList<>();
        for (Row row : rows()) {
            if (row.files().isEmpty()) {
                wrong.add("row " + row.number() + " has no test");
            }
            for (String file : row.files()) {
                boolean named = TEST_NAME
                        .matcher(sources.getOrDefault(file, ""))
                        .results()
                        .anyMatch(name -> Integer.parseInt(name.group(1)) == row.number() && row.covers(name.group(2)));
                if (!named) {
                    wrong.add("row " + row.number() + ": " + file + " has no test of this name");
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    void everyTestThatThePageNames_exists() throws IOException {
        String page = Files.readString(PAGE);
        Map<String, String> sources = sources();
        LINK.matcher(page).results().forEach(link -> assertTrue(
                sources.containsKey(link.group(1)) || Files.exists(ROOT.resolve(link.group(1))), link.group(1)));
        List<String> missing = new ArrayList<>();
        METHOD.matcher(page).results().forEach(name -> {
            String file = "/" + name.group(1) + ".java";
            String method = " " + name.group(2) + "(";
            if (sources.entrySet().stream()
                    .noneMatch(source -> source.getKey().endsWith(file) && source.getValue().contains(method))) {
                missing.add(name.group());
            }
        });
        assertEquals(List.of(), missing);
        assertTrue(METHOD.matcher(page).results().count() > 20, "the promises and limits name their tests");
    }
}
