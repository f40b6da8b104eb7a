/// The `peregrine` command.
@org.jspecify.annotations.NullMarked
module io.peregrine.cli {
    requires static org.jspecify;
    requires io.peregrine.model;
    requires java.desktop;
    requires info.picocli;
    requires org.jline;
    requires com.fasterxml.jackson.databind;

    opens io.peregrine.cli to
            info.picocli;
}
