package io.peregrine.model.template;

/// A template that does not parse; becomes a [io.peregrine.core.TemplateException] with the template's name.
final class SyntaxError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Position at;

    SyntaxError(Position at, String problem) {
        super(problem, null, false, false);
        this.at = at;
    }

    Position at() {
        return at;
    }

    String problem() {
        return String.valueOf(getMessage());
    }
}
