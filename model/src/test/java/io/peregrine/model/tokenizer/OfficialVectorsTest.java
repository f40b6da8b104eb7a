package io.peregrine.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import io.peregrine.core.gguf.GgufFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Vocabularies of real models against the ids that their own tokenizers make. They belong to third parties
/// and are read from where the fixtures lie: a folder `shared` above this repository, or the one that the
/// environment variable `PEREGRINE_SHARED` names.
class OfficialVectorsTest {

    private static final String SEPARATOR = "\n__ggml_vocab_test__\n";

    @TestFactory
    Stream<DynamicTest> encode_officialTexts_officialIds() throws IOException {
        Path folder = folder();
        if (folder == null) {
            abort("no shared/fixtures/tokenizers above the repository and PEREGRINE_SHARED is not set");
        }
        List<Path> vocabularies;
        try (Stream<Path> files = Files.list(folder)) {
            vocabularies = files.filter(file -> Files.exists(file.resolveSibling(file.getFileName() + ".inp")))
                    .sorted()
                    .toList();
        }
        return vocabularies.stream()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)));
    }

    private static void check(Path file) throws IOException {
        Tokenizer tokenizer;
        try (GgufFile gguf = GgufFile.open(file)) {
            tokenizer = Tokenizer.of(gguf.metadata());
        }
        String[] texts = Files.readString(file.resolveSibling(file.getFileName() + ".inp"))
                .split(SEPARATOR, -1);
        List<String> ids = Files.readAllLines(file.resolveSibling(file.getFileName() + ".out"));
        assertEquals(ids.size(), texts.length - (texts[texts.length - 1].isEmpty() ? 1 : 0), "number of texts");
        for (int i = 0; i < ids.size(); i++) {
            String line = ids.get(i).strip();
            int[] expected = line.isEmpty()
                    ? new int[0]
                    : Stream.of(line.split(" ")).mapToInt(Integer::parseInt).toArray();
            int[] tokens = tokenizer.encode(texts[i], false, false);
            String text = texts[i];
            assertArrayEquals(expected, tokens, () -> "text " + Quote.of(text));
            assertEquals(text, tokenizer.decode(tokens, true));
        }
    }

    private static @Nullable Path folder() {
        String named = System.getenv("PEREGRINE_SHARED");
        if (named != null) {
            return existing(Path.of(named));
        }
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path found = existing(at.resolve("shared"));
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable Path existing(Path shared) {
        try {
            Path folder = shared.resolve("fixtures/tokenizers");
            return Files.isDirectory(folder) ? folder.toRealPath() : null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
