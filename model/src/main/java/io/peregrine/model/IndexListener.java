package io.peregrine.model;

import io.peregrine.core.PeregrineException;
import java.nio.file.Path;

/// Hears how pictures are read into an [ImageIndex], from the thread that adds them. An exception that it throws ends
/// the call; the pictures before it stay in the index.
@FunctionalInterface
public interface IndexListener {

    /// Hears nothing; the first picture that cannot be read ends the call.
    IndexListener NONE = (done, total) -> {};

    /// How many files are done.
    void indexed(int done, int total);

    /// What is worth telling about how a picture was read, such as "the first of 12 frames".
    default void noted(Path file, String note) {}

    /// A file that is no whole picture, or too large. Ends the call with the reason, unless it is overridden to leave
    /// the file out.
    default void unreadable(Path file, PeregrineException reason) {
        throw reason;
    }
}
