package io.peregrine.cli.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Files of other tests that make good seeds.
final class Fixtures {

    private static final Path MODEL = Path.of("../model/src/test/resources");
    private static final Path TOYS = MODEL.resolve("fixtures");

    private Fixtures() {}

    /// A toy model or vision file, such as `clip/model.gguf`.
    static Path toy(String name) {
        return TOYS.resolve(name);
    }

    /// The folders of toys.
    static List<String> folders() {
        return files(TOYS, "").stream().map(folder -> folder.getFileName().toString()).toList();
    }

    /// A resource of the tests of `model`, such as `image/pillow/rgb.png`.
    static Path resource(String name) {
        return MODEL.resolve("io/peregrine/model").resolve(name);
    }

    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The files of a folder whose names end so, in order.
    static List<Path> files(Path folder, String... endings) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> Stream.of(endings).anyMatch(file.toString()::endsWith))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
