package io.peregrine.cli.serve.picture;

import io.peregrine.cli.serve.ApiException;

/// A picture that a request names.
///
/// @param path of the field, for messages
/// @param url as the client gave it
public record PictureUrl(String path, String url) {

    /// A picture that is given as base64 and nothing else.
    public static PictureUrl ofBase64(String path, String data) {
        return new PictureUrl(path, "data:image/any;base64," + data);
    }

    /// 400 about the picture: `PATH: PROBLEM`.
    ApiException refused(String problem) {
        return ApiException.badField(path, path + ": " + problem);
    }

    boolean hasScheme(String scheme) {
        return url.regionMatches(true, 0, scheme + ":", 0, scheme.length() + 1);
    }
}
