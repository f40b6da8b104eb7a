package io.peregrine.core;

/// A chat template that is not valid, that refuses its messages, or that goes beyond a limit.
///
/// The message reads `TEMPLATE: line L, column C: PROBLEM`, or `TEMPLATE: PROBLEM` where no single place of
/// the source is to blame.
public final class TemplateException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;

    /// @param template the template's name, such as `model.gguf: tokenizer.chat_template`
    /// @param line the line in the source, from 1
    /// @param column the column in that line, from 1, in UTF-16 units
    /// @param problem what is wrong, what was expected and what to do
    public TemplateException(String template, int line, int column, String problem) {
        super(template + ": line " + line + ", column " + column + ": " + problem);
        this.line = line;
        this.column = column;
    }

    /// @param template the template's name
    /// @param problem what is wrong, what was expected and what to do
    public TemplateException(String template, String problem) {
        super(template + ": " + problem);
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
