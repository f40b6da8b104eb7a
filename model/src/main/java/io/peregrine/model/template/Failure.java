package io.peregrine.model.template;

/// A problem met while a template runs, before it is known where in the source: the interpreter turns it into
/// a [io.peregrine.core.TemplateException] at the innermost expression.
final class Failure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Failure(String problem) {
        super(problem, null, false, false);
    }

    String problem() {
        return String.valueOf(getMessage());
    }
}
