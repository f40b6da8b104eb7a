package io.peregrine.cli;

import io.peregrine.cli.serve.picture.PictureOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The options of the server about pictures that requests name and do not bring.
final class PictureArguments {

    @Option(
            names = {"--image-host", "--allow-image-urls"},
            paramLabel = "HOST",
            description = "Fetch pictures that requests name by http: and https: URLs from this host: NAME, *.NAME for the"
                    + " names below it, or * for every host with a public address; with :PORT for another port than the"
                    + " usual one. Repeatable. Default: none.")
    private List<String> hosts = new ArrayList<>();

    @Option(
            names = "--image-root",
            paramLabel = "DIR",
            description = "Show pictures that requests name by file: URLs, if they are in this folder. Default: none.")
    private @Nullable Path root;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec command;

    /// @throws picocli.CommandLine.ParameterException naming an option that is not as expected
    PictureOptions options() {
        return Usage.checked(command, this::checkedOptions);
    }

    private PictureOptions checkedOptions() {
        if (root != null && !Files.isDirectory(root)) {
            throw new IllegalArgumentException("image-root: found " + root + ", expected a folder");
        }
        return PictureOptions.defaults().withHosts(hosts).withRoot(root);
    }
}
