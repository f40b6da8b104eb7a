package io.peregrine.cli;

import picocli.CommandLine.Command;

/// The command without a subcommand: prints its help.
@Command(name = "peregrine", mixinStandardHelpOptions = true, description = "Vision-language models in pure Java.")
final class Peregrine {}
