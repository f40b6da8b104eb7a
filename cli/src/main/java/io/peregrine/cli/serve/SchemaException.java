package io.peregrine.cli.serve;

import io.peregrine.core.PeregrineException;

/// A JSON Schema that is not valid, or that asks for what answers cannot be held to.
///
/// The message reads `PATH: PROBLEM`, where the path leads to the keyword.
public final class SchemaException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    private final String path;

    /// @param path of the keyword, such as `response_format.json_schema.schema.properties.x.not`
    /// @param problem what was found, what was expected and what to do
    SchemaException(String path, String problem) {
        super(path + ": " + problem);
        this.path = path;
    }

    /// Where the keyword is.
    public String path() {
        return path;
    }
}
