/// Matrix, attention and image kernels; the one module that uses the Vector API.
@org.jspecify.annotations.NullMarked
module io.peregrine.kernels {
    requires static org.jspecify;
    requires transitive io.peregrine.core;
    requires jdk.incubator.vector;

    exports io.peregrine.kernels;
    exports io.peregrine.kernels.format;
}
