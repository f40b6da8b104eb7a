package io.peregrine.cli.serve;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A whole request, its body read.
///
/// @param id its name in logs and in the header `x-request-id` of the answer
/// @param method such as `POST`; a `HEAD` is told as the `GET` that it stands for
/// @param path from the slash, percent signs decoded, without the query
/// @param headers by their names in small letters; values of the same name are joined by a comma
/// @param body not copied, and nobody else's
public record Request(String id, String method, String path, Map<String, String> headers, byte[] body) {

    /// A header's value.
    ///
    /// @param name in small letters
    public @Nullable String header(String name) {
        return headers.get(name);
    }
}
