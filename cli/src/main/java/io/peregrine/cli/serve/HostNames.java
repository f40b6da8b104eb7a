package io.peregrine.cli.serve;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The names under which a server may be spoken to. A page of a stranger can have its own name resolve to 127.0.0.1, and
/// then read from a local server as if it were its own (DNS rebinding); the name in the header `Host` gives that away.
final class HostNames {

    private final Set<String> names = new HashSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));
    private final boolean anyAddress;

    /// @param bound the name or address that the server listens on
    /// @param allowed further names; `*` for all
    HostNames(String bound, List<String> allowed) {
        names.add(literal(bound));
        allowed.forEach(name -> names.add(literal(name)));
        anyAddress = bound.equals("0.0.0.0") || bound.equals("::") || bound.equals("[::]");
    }

    /// @param host as it stands in the header, with its port or without
    boolean accept(String host) {
        String name = withoutPort(host.toLowerCase(Locale.ROOT));
        return names.contains("*")
                || names.contains(name)
                || name.endsWith(".localhost")
                || anyAddress && isAddress(name);
    }

    /// An IPv6 address in brackets, as in the header.
    private static String literal(String name) {
        String small = name.toLowerCase(Locale.ROOT);
        return small.contains(":") && !small.startsWith("[") ? "[" + small + "]" : small;
    }

    static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        boolean port = colon > 0
                && colon > host.lastIndexOf(']')
                && host.substring(colon + 1).chars().allMatch(c -> c >= '0' && c <= '9');
        return port ? host.substring(0, colon) : host;
    }

    /// A server on all addresses of a machine cannot know how they look from outside. They are nobody's names.
    private static boolean isAddress(String name) {
        return name.startsWith("[") && name.endsWith("]") || name.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    }
}
