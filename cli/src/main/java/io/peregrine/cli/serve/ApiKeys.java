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

    int count() {
        return digests.size();
    }

    /// The number of the key that the values of the header `Authorization` show: they are exactly one.
    ///
    /// @return -1 if they show none
    int shown(List<String> authorizations) {
        if (authorizations.size() != 1) {
            return -1;
        }
        String value = authorizations.getFirst();
        if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return -1;
        }
        byte[] shown = digest(value.substring(SCHEME.length()).strip());
        int found = -1;
        for (int i = 0; i < digests.size(); i++) {
            found = MessageDigest.isEqual(digests.get(i), shown) ? i : found;
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
