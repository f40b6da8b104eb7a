package io.peregrine.cli;

import io.peregrine.model.image.Image;
import java.nio.file.Path;

/// Reads the pictures that a user names.
final class Pictures {

    private Pictures() {}

    /// Reads a picture and says on standard error what is worth telling about it.
    static Image read(Path file) {
        Image image = Image.read(file);
        image.notes().forEach(note -> System.err.println("note: " + file + ": " + note));
        return image;
    }
}
