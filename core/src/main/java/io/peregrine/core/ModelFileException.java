package io.peregrine.core;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A model file that cannot be opened, read or written, or that changed while it was in use: trouble with the
/// file system, not with the file's contents.
///
/// The message reads `FILE: PROBLEM; ACTION`.
public final class ModelFileException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    /// @param file the file's name as the user gave it
    /// @param problem what is wrong
    /// @param action what the user can do
    public ModelFileException(String file, String problem, String action) {
        this(file, problem, action, null);
    }

    /// As the other constructor, with the error of the file system underneath.
    public ModelFileException(String file, String problem, String action, @Nullable Throwable cause) {
        super(file + ": " + problem + "; " + action, cause);
    }

    /// The file was written to between two looks at it.
    public static ModelFileException changing(String file) {
        return new ModelFileException(
                file, "changed while it was being read", "load it again when nobody writes to it any more");
    }

    /// The error of the file system in words.
    ///
    /// @param doing what was tried: "read", "write"
    public static ModelFileException of(Path file, String doing, IOException cause) {
        return switch (cause) {
            case NoSuchFileException e ->
                new ModelFileException(file.toString(), "there is no such file or directory", "check the path", cause);
            case AccessDeniedException e ->
                new ModelFileException(file.toString(), "permission denied", "check who may " + doing + " it", cause);
            case FileSystemException e
            when e.getReason() != null ->
                new ModelFileException(
                        file.toString(), "cannot " + doing + " it: " + e.getReason(), "check the disk", cause);
            default ->
                new ModelFileException(
                        file.toString(), "cannot " + doing + " it: " + cause.getMessage(), "check the disk", cause);
        };
    }
}
