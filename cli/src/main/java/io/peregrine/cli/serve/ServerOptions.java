package io.peregrine.cli.serve;

import io.peregrine.model.GenerateOptions;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the endpoints answer.
///
/// @param generation how answers are made, where a request does not say otherwise
/// @param maxImages pictures in a request
/// @param imageHosts from which pictures may be fetched; none by default
/// @param imageRoot the folder of which requests may name pictures as `file:` URLs, or null for none
public record ServerOptions(
        GenerateOptions generation, int maxImages, List<String> imageHosts, @Nullable Path imageRoot) {

    /// @throws IllegalArgumentException naming the field, its value and its range
    public ServerOptions {
        imageHosts = List.copyOf(imageHosts);
        if (maxImages < 0 || maxImages > 1024) {
            throw new IllegalArgumentException("max images: found " + maxImages + ", expected a number from 0 to 1024");
        }
    }

    /// 16 pictures, and only such as are in the request itself.
    public static ServerOptions defaults() {
        return new ServerOptions(GenerateOptions.defaults(), 16, List.of(), null);
    }
}
