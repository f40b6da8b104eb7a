package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Weights;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/// The text architectures by the name in `general.architecture`. To add one: its file, and a line here.
public final class Decoders {

    private static final Map<String, Factory> BY_NAME = new TreeMap<>(Map.ofEntries(
            Map.entry("lfm2", Lfm2.FACTORY),
            Map.entry(Gemma3.NAME, Gemma3.FACTORY),
            Map.entry(Granite.NAME, Granite.FACTORY),
            Map.entry("llama", Llama.FACTORY),
            Map.entry(MiniCpm.NAME, MiniCpm.FACTORY),
            Map.entry("persimmon", Persimmon.FACTORY),
            Map.entry(Phi2.NAME, Phi2.FACTORY),
            Map.entry("qwen", Qwen.FACTORY),
            Map.entry(Qwen2.NAME, Qwen2.FACTORY),
            Map.entry(Qwen2Vl.NAME, Qwen2Vl.FACTORY),
            Map.entry(Qwen3.NAME, Qwen3.FACTORY),
            Map.entry(Qwen3Vl.NAME, Qwen3Vl.FACTORY)));

    /// Makes a decoder from a file.
    @FunctionalInterface
    interface Factory {
        /// @param vocab the number of tokens of the file's vocabulary
        /// @param projector the projector type of the vision file that goes with it, empty for none
        /// @param notes hears of choices that the file left open
        Decoder bind(Metadata metadata, Weights weights, int vocab, String projector, Consumer<String> notes);
    }

    private Decoders() {}

    /// The architectures that there are.
    public static Set<String> names() {
        return Collections.unmodifiableSet(BY_NAME.keySet());
    }

    /// Makes sure that a file is no vision file and no embedding model, before its vocabulary is read.
    ///
    /// @throws ModelFormatException if it is, saying what is to be done with it
    public static void check(Metadata metadata, Weights weights) {
        if (Clip.isTwoTower(metadata, weights)) {
            throw new ModelFormatException(
                    metadata.file(),
                    "key general.architecture",
                    "'clip', an embedding model with two towers",
                    "a text model",
                    "compare pictures and texts with `peregrine embed` (in Java, EmbeddingModel)");
        }
        if (metadata.string("general.architecture").equals("clip")) {
            throw new ModelFormatException(
                    metadata.file(),
                    "key general.architecture",
                    "'clip', a vision file",
                    "a text model",
                    "give this file as mmproj, and the text model that belongs to it as the model");
        }
    }

    /// Binds the decoder that the file names.
    ///
    /// @param vocab the number of tokens of the file's vocabulary
    /// @param projector the projector type of the vision file that goes with it, which can say what the text
    ///     file does not ([ImageEncoders#projector]); empty for none
    /// @param notes hears of choices that the file left open
    /// @throws UnsupportedModelException if the architecture is not one of ours
    /// @throws ModelFormatException if a key or tensor is absent, of another type, shape or range
    public static Decoder bind(
            Metadata metadata, Weights weights, int vocab, String projector, Consumer<String> notes) {
        check(metadata, weights);
        String name = metadata.string("general.architecture");
        Factory factory = BY_NAME.get(name);
        if (factory == null) {
            throw new UnsupportedModelException(
                    metadata.file(), "architecture '" + name + "'", String.join(", ", names()));
        }
        return factory.bind(metadata, weights, vocab, projector, notes);
    }
}
