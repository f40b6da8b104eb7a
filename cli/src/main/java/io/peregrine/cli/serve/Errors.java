package io.peregrine.cli.serve;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.TemplateException;
import io.peregrine.model.BusyException;
import io.peregrine.model.ClosedException;
import io.peregrine.model.ContextOverflowException;
import java.util.concurrent.CancellationException;

/// Which answer a client gets for what a handler throws.
///
/// | thrown | status | code |
/// |---|---|---|
/// | [ApiException] | its own | its own |
/// | [ContextOverflowException] | 400 | `context_length_exceeded` |
/// | [BusyException] | 503 | `queue_full` |
/// | [ModelFileException] | 503 | `model_file` |
/// | [ClosedException] | 503 | `shutting_down` |
/// | [ModelFormatException]: its weights give no numbers | 500 | `model_format` |
/// | other [PeregrineException]s: pictures, prompts, limits | 400 | |
/// | `OutOfMemoryError` | 503 | `out_of_memory` |
/// | all else | 500 | `internal_error`, without its message |
final class Errors {

    private static final int LATER_SECONDS = 10;

    private Errors() {}

    /// @param id of the request, by which the operator finds it in the log
    static ApiException of(Throwable error, String id) {
        return switch (error) {
            case ApiException own -> own;
            case ContextOverflowException overflow -> request("context_length_exceeded", overflow);
            case BusyException busy ->
                ApiException.unavailable(
                        "queue_full", text(busy), (int) busy.retryAfter().toSeconds());
            case ModelFileException file -> ApiException.unavailable("model_file", text(file), LATER_SECONDS);
            case ClosedException _ -> shuttingDown();
            case ModelFormatException model ->
                new ApiException(500, ApiException.SERVER_ERROR, "model_format", null, text(model));
            case ResourceLimitException limit -> request("limit_exceeded", limit);
            case TemplateException template -> request("template_error", template);
            case PeregrineException other -> request("invalid_value", other);
            case OutOfMemoryError _ ->
                ApiException.unavailable(
                        "out_of_memory", "the server has not enough memory for this request now", LATER_SECONDS);
            case CancellationException _ ->
                ApiException.unavailable("cancelled", "the request was given up", LATER_SECONDS);
            default ->
                new ApiException(
                        500,
                        ApiException.SERVER_ERROR,
                        "internal_error",
                        null,
                        "internal error, a defect of the server; its log tells more about request " + id);
        };
    }

    static ApiException shuttingDown() {
        return ApiException.unavailable("shutting_down", "the server is shutting down", LATER_SECONDS);
    }

    private static ApiException request(String code, PeregrineException error) {
        return ApiException.refused(400, code, text(error));
    }

    private static String text(PeregrineException error) {
        return String.valueOf(error.getMessage());
    }
}
