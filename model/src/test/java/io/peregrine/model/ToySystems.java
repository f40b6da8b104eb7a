package io.peregrine.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The toy systems of the test resources that consist of `model.gguf` and, if they see pictures, `mmproj.gguf`.
final class ToySystems {

    private static final Path FIXTURES = Path.of("src/test/resources/fixtures");

    /// Embedding models, which are no text models.
    private static final String CLIP = "clip";

    private ToySystems() {}

    /// Those with a text model, in the order of their names.
    static List<String> names() {
        try (Stream<Path> folders = Files.list(FIXTURES)) {
            return folders.filter(folder -> Files.exists(folder.resolve("model.gguf")))
                    .map(folder -> folder.getFileName().toString())
                    .filter(name -> !name.equals(CLIP))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Those of [#names] that have a vision file beside it.
    static List<String> withPictures() {
        return names().stream()
                .filter(name -> Files.exists(FIXTURES.resolve(name).resolve("mmproj.gguf")))
                .toList();
    }
}
