package io.peregrine.cli.serve.picture;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where the pictures of requests may come from besides the requests themselves, and how large they may be.
///
/// @param hosts of the web whose pictures are fetched: `NAME`, `*.NAME` for the names below it, or `*` for all, each
///     alone (then the usual ports of http and https) or with `:PORT`; none refuses all
/// @param root the folder of the files that may be looked at, or null to refuse all
/// @param perRequest pictures of a request
/// @param bytes of a picture, as it is sent or stored
/// @param pixels of all pictures of a request
/// @param decodes pictures that are decoded at a time, of all requests
/// @param fetchTime for everything between a web picture's name and its last byte
public record PictureOptions(
        List<String> hosts,
        @Nullable Path root,
        int perRequest,
        int bytes,
        long pixels,
        int decodes,
        Duration fetchTime) {

    private static final Pattern HOST =
            Pattern.compile("(?:\\*|(?:\\*\\.)?(?:[A-Za-z0-9-]+\\.)*[0-9-]*[A-Za-z][A-Za-z0-9-]*)(?::[0-9]{1,5})?");

    /// @throws IllegalArgumentException naming a host that is none
    public PictureOptions {
        hosts = List.copyOf(hosts);
        for (String host : hosts) {
            if (!HOST.matcher(host).matches()) {
                throw new IllegalArgumentException(
                        "image-host: found " + host + ", expected NAME, *.NAME or *, alone or with :PORT");
            }
        }
    }

    /// No web, no files; 16 pictures of a request, of 20 MiB each and 64 megapixels together; 4 decoded at a time; 5 s.
    public static PictureOptions defaults() {
        return new PictureOptions(List.of(), null, 16, 20 << 20, 64_000_000, 4, Duration.ofSeconds(5));
    }

    /// @param value as [#hosts]
    public PictureOptions withHosts(List<String> value) {
        return new PictureOptions(value, root, perRequest, bytes, pixels, decodes, fetchTime);
    }

    public PictureOptions withRoot(@Nullable Path value) {
        return new PictureOptions(hosts, value, perRequest, bytes, pixels, decodes, fetchTime);
    }
}
