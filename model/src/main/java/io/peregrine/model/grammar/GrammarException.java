package io.peregrine.model.grammar;

import io.peregrine.core.PeregrineException;

/// A grammar that is not valid, or that a model cannot follow.
///
/// The message reads `GRAMMAR: line L, column C: PROBLEM`, or `GRAMMAR: PROBLEM` where no single place of the
/// source is to blame.
public final class GrammarException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;

    /// @param grammar the grammar's name, such as a file
    /// @param line the line in the source, from 1
    /// @param column the column in that line, from 1, in UTF-16 units
    /// @param problem what was found, what was expected and what to do
    GrammarException(String grammar, int line, int column, String problem) {
        super(grammar + ": line " + line + ", column " + column + ": " + problem);
        this.line = line;
        this.column = column;
    }

    /// @param grammar the grammar's name
    /// @param problem what was found, what was expected and what to do
    GrammarException(String grammar, String problem) {
        super(grammar + ": " + problem);
        this.line = 0;
        this.column = 0;
    }

    /// The line of the source, from 1, or 0 when no single place is to blame.
    public int line() {
        return line;
    }

    /// The column of the source, from 1, or 0 when no single place is to blame.
    public int column() {
        return column;
    }
}
