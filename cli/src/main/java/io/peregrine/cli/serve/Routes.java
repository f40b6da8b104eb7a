package io.peregrine.cli.serve;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The routes of a server. Filled before the server starts, read by all its threads.
public final class Routes {

    /// A path with what answers its methods.
    ///
    /// @param path as it was added; the name of the route in `/metrics` and in logs
    record Route(String path, Map<String, Endpoint> methods) {

        /// @return null if the route does not know the method
        @Nullable
        Endpoint endpoint(String method) {
            return methods.get(method.equals("HEAD") ? "GET" : method);
        }

        /// Methods for the header `Allow`.
        String allowed() {
            String names = String.join(", ", methods.keySet());
            return methods.containsKey("GET") ? names.replace("GET", "GET, HEAD") : names;
        }
    }

    record Endpoint(Access access, Handler handler) {}

    private final Map<String, Route> routes = new LinkedHashMap<>();

    /// @param method `GET` or `POST`, for example; `GET` answers `HEAD`, too
    /// @param path from the slash; with a last part `*` it stands for all paths that begin with what is before it and go
    ///     on
    /// @return this
    public Routes add(String method, String path, Access access, Handler handler) {
        Endpoint old = routes.computeIfAbsent(path, _ -> new Route(path, new TreeMap<>()))
                .methods()
                .put(method, new Endpoint(access, handler));
        if (old != null) {
            throw new IllegalArgumentException(method + " " + path + " is there already");
        }
        return this;
    }

    /// @return the route of a path, an exact one before one with `*`, or null
    @Nullable
    Route find(String path) {
        Route exact = path.endsWith("*") ? null : routes.get(path);
        if (exact != null) {
            return exact;
        }
        for (Route route : routes.values()) {
            String pattern = route.path();
            int prefix = pattern.length() - 1;
            if (pattern.endsWith("/*") && path.length() > prefix && path.startsWith(pattern.substring(0, prefix))) {
                return route;
            }
        }
        return null;
    }
}
