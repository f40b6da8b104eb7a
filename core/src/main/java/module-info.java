/// GGUF files, memory and tensors; depends on `java.base` alone.
@org.jspecify.annotations.NullMarked
module io.peregrine.core {
    requires static org.jspecify;

    exports io.peregrine.core;
    exports io.peregrine.core.gguf;
    exports io.peregrine.core.memory;
    exports io.peregrine.core.tensor;
}
