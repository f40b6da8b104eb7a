package io.peregrine.core;

/// A well-formed model file that asks for something that Peregrine does not have.
///
/// The message reads `FILE: WHAT is not supported; supported: LIST`, where WHAT may be text of the file: it is escaped
/// and cut.
public final class UnsupportedModelException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    /// @param file the file's name as the user gave it
    /// @param what the thing that is not supported, named as in the file
    /// @param supported what would be
    public UnsupportedModelException(String file, String what, String supported) {
        super(file + ": " + MessageText.of(what) + " is not supported; supported: " + supported);
    }
}
