package io.peregrine.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// The command without a subcommand: prints its help.
@Command(
        name = "peregrine",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        header = "Vision-language models in pure Java, on the CPU, from GGUF files.",
        footer = {
            "",
            "Examples:",
            "  peregrine demo",
            "  peregrine run -m model.gguf --mmproj mmproj.gguf --image photo.jpg -p 'What is in the picture?'",
            "  peregrine chat -m model.gguf --mmproj mmproj.gguf",
            "  peregrine serve -m model.gguf --mmproj mmproj.gguf",
            "  peregrine embed -m clip.gguf --image photos/ --text 'a boat on the beach' --top 5",
            "  peregrine inspect model.gguf",
        })
final class Peregrine implements Callable<Integer> {

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Show the stack trace of an error.")
    private boolean debug;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec spec;

    boolean debug() {
        return debug;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(System.err);
        return CommandLine.ExitCode.USAGE;
    }

    /// The command line with all subcommands and the way that errors are told.
    static CommandLine commandLine() {
        Peregrine root = new Peregrine();
        CommandLine commands = new CommandLine(root);
        commands.addSubcommand(new Demo(System.out));
        commands.addSubcommand(new RunCommand(System.out));
        commands.addSubcommand(new Chat(System.out));
        commands.addSubcommand(Serve.command(System.out));
        commands.addSubcommand(new Embed(System.out));
        commands.addSubcommand(new Inspect(System.out));
        commands.addSubcommand(new Tokenize(System.out));
        commands.addSubcommand(new Quantize(System.out));
        commands.addSubcommand(new Bench(System.out));
        commands.addSubcommand(new Trace(System.out));
        commands.addSubcommand(new Convert(System.out));
        commands.setCaseInsensitiveEnumValuesAllowed(true);
        commands.setUsageHelpAutoWidth(true);
        commands.setParameterExceptionHandler(Peregrine::wrongUsage);
        commands.setExecutionExceptionHandler(new Failures(root));
        return commands;
    }

    private static int wrongUsage(ParameterException error, String[] arguments) {
        CommandLine command = error.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("peregrine: " + error.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(error, err);
        err.println("See " + command.getCommandSpec().qualifiedName() + " --help.");
        return CommandLine.ExitCode.USAGE;
    }
}
