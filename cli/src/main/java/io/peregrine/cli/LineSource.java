package io.peregrine.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Where the lines of a conversation come from.
interface LineSource extends AutoCloseable {

    /// Something to undo.
    @FunctionalInterface
    interface Handle extends AutoCloseable {
        @Override
        void close();
    }

    /// A line editor with history on a terminal, plain lines otherwise.
    static LineSource open() throws IOException {
        return Console.inputIsSeen() && Console.answersAreSeen() ? new TerminalLines() : new PipedLines();
    }

    boolean isTerminal();

    /// The next line, or null at the end.
    @Nullable String next() throws IOException;

    /// Has Ctrl-C run an action instead of ending the program, until the handle is closed.
    Handle onInterrupt(Runnable action);

    @Override
    void close() throws IOException;
}
