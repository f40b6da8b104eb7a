package io.peregrine.cli.serve;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/// The keys of which a client is to show one. Kept and compared as their SHA-256, all of them each time, by a
/// comparison that takes equally long wherever they differ: time tells nothing about a key, nor about its length.
final class ApiKeys {

    private static final String SCHEME = "Bearer ";

    private final List<byte[]> digests;

    ApiKeys(List<String> keys) {
        digests = keys.stream().map(ApiKeys::digest).toList();
    }

    /// Whether anybody may come in.
    boolean areNone() {
        return digests.isEmpty();
    }

    /// Whether the values of the header `Authorization` are exactly one, and that shows a key.
    boolean accept(List<String> authorizations) {
        if (authorizations.size() != 1) {
            return false;
        }
        String value = authorizations.getFirst();
        if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] shown = digest(value.substring(SCHEME.length()).strip());
        boolean found = false;
        for (byte[] digest : digests) {
            found |= MessageDigest.isEqual(digest, shown);
        }
        return found;
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
