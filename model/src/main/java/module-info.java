/// Vision-language models from GGUF files.
@org.jspecify.annotations.NullMarked
module io.peregrine.model {
    requires static org.jspecify;
    requires transitive io.peregrine.kernels;
    requires java.desktop;

    exports io.peregrine.model;
    exports io.peregrine.model.answer;
    exports io.peregrine.model.chat;
    exports io.peregrine.model.grammar;
    exports io.peregrine.model.image;
    exports io.peregrine.model.quantize;
    exports io.peregrine.model.sampling;
    exports io.peregrine.model.tokenizer;
}
