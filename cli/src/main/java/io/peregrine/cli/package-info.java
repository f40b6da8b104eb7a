/// The `peregrine` command and its subcommands.
package io.peregrine.cli;
