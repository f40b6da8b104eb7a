package io.peregrine.cli;

/// Who is at the other end of the standard streams. The launcher knows and says so by properties; without it, all
/// are taken for a terminal if the JVM has a console.
final class Console {

    private Console() {}

    /// Whether input comes from a terminal.
    static boolean inputIsSeen() {
        return isTerminal("peregrine.stdin.terminal");
    }

    /// Whether answers (standard output) go to a terminal.
    static boolean answersAreSeen() {
        return isTerminal("peregrine.stdout.terminal");
    }

    /// Whether messages (standard error) go to a terminal.
    static boolean messagesAreSeen() {
        return isTerminal("peregrine.stderr.terminal");
    }

    private static boolean isTerminal(String property) {
        String said = System.getProperty(property);
        if (said != null) {
            return Boolean.parseBoolean(said);
        }
        java.io.Console console = System.console();
        return console != null && console.isTerminal();
    }
}
