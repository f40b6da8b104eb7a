package io.peregrine.cli.serve.api;

import io.peregrine.cli.serve.ApiException;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.TemplateException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.model.ContextOverflowException;
import io.peregrine.model.PromptException;
import io.peregrine.model.grammar.GrammarException;
import java.util.function.Supplier;

/// Says which field of a request is to blame for what the model refuses.
final class Refusals {

    private Refusals() {}

    /// Does something with what a field says.
    ///
    /// @throws ApiException 400 naming the field, if its content is refused; other errors pass
    static <T> T naming(String field, Supplier<T> body) {
        try {
            return body.get();
        } catch (PeregrineException e) {
            throw named(field, e);
        }
    }

    /// 400 naming the field, if an error says that its content is refused; else the error itself. By the time that a
    /// prompt is submitted a grammar is fine, but may have no answer as short as it has to be.
    static RuntimeException named(String field, RuntimeException error) {
        return switch (error) {
            case ContextOverflowException e -> refused("context_length_exceeded", field, e);
            case PromptException e -> refused("invalid_value", field, e);
            case TemplateException e -> refused("invalid_value", field, e);
            case ResourceLimitException e -> refused("invalid_value", field, e);
            case GrammarException e -> refused("invalid_value", "max_tokens", e);
            case UnsupportedModelException e -> refused("invalid_value", field, e);
            default -> error;
        };
    }

    private static ApiException refused(String code, String field, PeregrineException e) {
        return new ApiException(400, ApiException.INVALID_REQUEST, code, field, String.valueOf(e.getMessage()));
    }
}
