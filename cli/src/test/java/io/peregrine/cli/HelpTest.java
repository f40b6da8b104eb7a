package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// What `--help` says of the commands.
class HelpTest {

    @Test
    void everyCommand_hasALineOfItsOwnInTheList() {
        CommandLine root = Peregrine.commandLine();
        String help = root.getUsageMessage();
        Set<String> lines = new HashSet<>(Set.of(root.getCommandSpec().usageMessage().header()[0]));
        root.getSubcommands().forEach((name, command) -> {
            String line = command.getCommandSpec().usageMessage().header()[0];
            assertTrue(lines.add(line), name + ": " + line);
            assertTrue(help.contains(line), help);
        });
        assertEquals(1 + root.getSubcommands().size(), lines.size());
    }

    @Test
    void everyCommand_tellsItsOptionsWithExamples() {
        Peregrine.commandLine().getSubcommands().keySet().forEach(name -> {
            Outcome help = Outcome.of(name, "--help");
            assertEquals(0, help.exit(), name);
            assertTrue(help.out().contains("Example"), name + ": " + help.out());
        });
    }
}
