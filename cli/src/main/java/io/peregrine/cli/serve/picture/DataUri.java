package io.peregrine.cli.serve.picture;

import java.util.Base64;
import java.util.regex.Pattern;

/// Pictures that are part of the request: `data:image/png;base64,...` (RFC 2397).
final class DataUri {

    /// Characters in front of the data at most.
    private static final int MAX_HEAD = 100;

    private static final Pattern HEAD =
            Pattern.compile("data:image/[a-z0-9.+-]{1,60};base64", Pattern.CASE_INSENSITIVE);

    private DataUri() {}

    /// The bytes of a picture. What type the URI claims does not matter, as long as it is one of a picture.
    ///
    /// @param most bytes that may come out; checked before any are made
    static byte[] decode(PictureUrl picture, int most) {
        String url = picture.url();
        int comma = url.substring(0, Math.min(url.length(), MAX_HEAD)).indexOf(',');
        if (comma < 0 || !HEAD.matcher(url.substring(0, comma)).matches()) {
            throw picture.refused("the data URI does not begin like data:image/png;base64, or data:image/jpeg;base64,");
        }
        String data = url.substring(comma + 1);
        if (data.length() / 4 * 3L > most + 2L) {
            throw picture.refused("the picture has more than " + most + " bytes; make it smaller");
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(data);
        } catch (IllegalArgumentException e) {
            throw picture.refused("the data is not valid base64 (A-Z a-z 0-9 + / and = at the end, nothing else)");
        }
        if (bytes.length > most) {
            throw picture.refused("the picture has more than " + most + " bytes; make it smaller");
        }
        return bytes;
    }
}
