/// The `peregrine` command.
@org.jspecify.annotations.NullMarked
module io.peregrine.cli {
    requires static org.jspecify;
    requires io.peregrine.model;
}
