package io.peregrine.cli.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.cli.Commands;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.Metadata;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/// A GGUF file of a fixture: what it holds.
///
/// @param path of the file
/// @param tensors by their names in it
record ToyModel(Path path, Metadata metadata, Map<String, Toy> tensors) {

    static ToyModel of(String fixture, String file) {
        Path path = Toy.FIXTURES.resolve(fixture).resolve(file);
        try (GgufFile gguf = GgufFile.open(path)) {
            return new ToyModel(path, gguf.metadata(), Toy.read(gguf));
        }
    }

    Toy get(String name) {
        Toy toy = tensors.get(name);
        if (toy == null) {
            throw new IllegalArgumentException("no " + name + " in " + path);
        }
        return toy;
    }

    int integer(String key) {
        return metadata.integer(key, 0, 1 << 20);
    }

    float number(String key) {
        return metadata.number(key, 0, 1e12f);
    }

    /// Puts a layer's weight and bias under another name.
    void move(Map<String, Toy> to, String name, String other) {
        to.put(other + ".weight", get(name + ".weight"));
        to.put(other + ".bias", get(name + ".bias"));
    }

    /// Runs `convert`, which must end well, to F32.
    ///
    /// @return what it wrote as notes
    static String convert(Path text, String... arguments) {
        Commands.Result run = Commands.run(
                Stream.concat(Stream.of("convert", "--type", "f32", "-o", text.toString()), Stream.of(arguments))
                        .toArray(String[]::new));
        assertEquals(0, run.exit(), run.err());
        return run.err();
    }
}
