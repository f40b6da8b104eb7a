package io.peregrine.bench.synthetic;

/// Arguments from which no file can be written; the message says which and why.
final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
