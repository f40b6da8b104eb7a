package io.peregrine.cli.serve.picture;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An address of the web, read by this one parser and nothing else: two that understand a URL differently are how
/// guards are passed by. Only what is beyond doubt is taken: a host of letters, digits, `-` and dots, no user, no
/// address in place of a name, and nothing but the usual visible characters behind it.
///
/// @param secure whether it is https
/// @param host in small letters
/// @param port as given, or the usual one
/// @param usualPort whether that is the usual one
/// @param target path and query as they are asked for
record WebUrl(boolean secure, String host, int port, boolean usualPort, String target) {

    private static final int MAX_URL = 4096;
    private static final int MAX_HOST = 253;

    private static final Pattern WHOLE = Pattern.compile(
            "(https?)://([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?([/?][!$-~&&[^\\\\^`{|}<>\"]]*)?", Pattern.CASE_INSENSITIVE);

    private static final Pattern NAME =
            Pattern.compile("(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");

    /// What is read as a number by programs that take `0x7f.1` for an address.
    private static final Pattern NUMBER = Pattern.compile("(?:.*\\.)?(?:[0-9]+|0x[0-9a-f]*)");

    /// @throws io.peregrine.cli.serve.ApiException 400 if it is not such an address
    static WebUrl parse(PictureUrl picture) {
        Matcher parts = WHOLE.matcher(picture.url());
        if (picture.url().length() > MAX_URL || !parts.matches()) {
            throw picture.refused("address not allowed: expected http:// or https://, a host's name in ASCII, at most a"
                    + " port, and a path; no user, backslash, blank or fragment");
        }
        boolean secure = parts.group(1).length() == 5;
        String host = parts.group(2).toLowerCase(Locale.ROOT);
        if (host.length() > MAX_HOST || !NAME.matcher(host).matches() || NUMBER.matcher(host).matches()) {
            throw picture.refused("address not allowed: the host is not a name");
        }
        int usual = secure ? 443 : 80;
        int port = parts.group(3) == null ? usual : Integer.parseInt(parts.group(3));
        if (port < 1 || port > 65_535) {
            throw picture.refused("address not allowed: there is no port " + port);
        }
        String rest = parts.group(4) == null ? "/" : parts.group(4);
        return new WebUrl(secure, host, port, port == usual, rest.startsWith("/") ? rest : "/" + rest);
    }

    /// How the host is named in the header `Host`.
    String authority() {
        return usualPort ? host : host + ":" + port;
    }

    /// Whether an entry of the list of hosts means it.
    ///
    /// @param entry `NAME`, `*.NAME` or `*`, alone or with `:PORT`
    boolean isMeantBy(String entry) {
        int colon = entry.indexOf(':');
        boolean portFits = colon < 0 ? usualPort : entry.substring(colon + 1).equals(Integer.toString(port));
        String name = (colon < 0 ? entry : entry.substring(0, colon)).toLowerCase(Locale.ROOT);
        boolean nameFits = name.equals("*")
                || name.equals(host)
                || name.startsWith("*.") && host.endsWith(name.substring(1)) && host.length() > name.length() - 1;
        return portFits && nameFits;
    }
}
