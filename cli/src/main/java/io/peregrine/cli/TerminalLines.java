package io.peregrine.cli;

import java.io.IOException;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/// Lines that somebody types, with editing and a history.
final class TerminalLines implements LineSource {

    private final Terminal terminal;
    private final LineReader reader;

    TerminalLines() throws IOException {
        terminal = TerminalBuilder.builder().system(true).dumb(true).build();
        reader = LineReaderBuilder.builder()
                .terminal(terminal)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .build();
    }

    @Override
    public boolean isTerminal() {
        return true;
    }

    @Override
    public @Nullable String next() {
        while (true) {
            try {
                return reader.readLine("> ");
            } catch (UserInterruptException e) {
                terminal.writer().println("(Ctrl-D or /exit leaves)");
            } catch (EndOfFileException e) {
                return null;
            }
        }
    }

    @Override
    public Handle onInterrupt(Runnable action) {
        Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> action.run());
        return () -> terminal.handle(Terminal.Signal.INT, before);
    }

    @Override
    public void close() throws IOException {
        terminal.close();
    }
}
