package io.peregrine.core;

/// A model file that breaks its own format: damaged, cut short, or fields that disagree.
///
/// The message reads `FILE: WHERE: found FOUND, expected EXPECTED; ACTION`, where WHERE and FOUND may be text of the file:
/// they are escaped and cut.
public final class ModelFormatException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    /// @param file the file's name as the user gave it
    /// @param where the field, key or tensor, with its byte offset where there is one
    /// @param found what is there
    /// @param expected what should be there
    /// @param action what the user can do, or an empty string
    public ModelFormatException(String file, String where, String found, String expected, String action) {
        super(file + ": " + MessageText.of(where) + ": found " + MessageText.of(found) + ", expected " + expected
                + (action.isEmpty() ? "" : "; " + action));
    }
}
