package io.peregrine.model.template;

import io.peregrine.core.TemplateException;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/// A parsed template. Immutable; any number of threads may render it at once.
public final class Template {

    private final String name;
    private final List<Statement> body;

    private Template(String name, List<Statement> body) {
        this.name = name;
        this.body = body;
    }

    /// Parses a template.
    ///
    /// @param name what error messages call it
    /// @param maxDepth brackets and blocks that may be nested in one another
    /// @throws TemplateException if the source is not valid, with the place
    public static Template parse(String name, String source, int maxDepth) {
        try {
            return new Template(name, TemplateParser.parse(source, maxDepth));
        } catch (SyntaxError error) {
            throw new TemplateException(name, error.at().line(), error.at().column(), error.problem());
        }
    }

    /// Runs the template.
    ///
    /// @param globals the variables; the render may change lists and mappings among them
    /// @param budget what it may spend, fresh for each render
    /// @param clock the time that `strftime_now` tells
    /// @throws TemplateException if the template fails or goes beyond the budget, with the place
    public Text render(Map<String, Value> globals, Budget budget, Clock clock) {
        return new Interpreter(name, globals, budget, clock).run(body);
    }
}
