package io.peregrine.cli;

import io.peregrine.kernels.Compute;
import picocli.CommandLine;

/// What `--version` prints: the version, and what the kernels run on.
final class Version implements CommandLine.IVersionProvider {

    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {
            "peregrine " + (version == null ? "(development)" : version),
            "kernels: " + Compute.describe(),
            "java: " + Runtime.version() + ", " + System.getProperty("os.name") + " " + System.getProperty("os.arch")
        };
    }
}
