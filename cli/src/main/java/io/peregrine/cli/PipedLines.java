package io.peregrine.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Lines of standard input, UTF-8.
final class PipedLines implements LineSource {

    private final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    @Override
    public boolean isTerminal() {
        return false;
    }

    @Override
    public @Nullable String next() throws IOException {
        return in.readLine();
    }

    /// Nobody is there to press keys: Ctrl-C keeps its meaning.
    @Override
    public Handle onInterrupt(Runnable action) {
        return () -> {};
    }

    @Override
    public void close() {}
}
