package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Weights;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/// The vision sides by the name in `clip.projector_type`. To add one: its file, and a line here.
public final class ImageEncoders {

    private static final String OWN = "clip.vision.projector_type";
    private static final String COMMON = "clip.projector_type";

    private static final Map<String, Factory> BY_NAME = new TreeMap<>(Map.ofEntries(
            Map.entry("blip2_qformer", MiniGpt4::bind),
            Map.entry("fuyu", Fuyu::bind),
            Map.entry(Gemma3Vision.PROJECTOR, Gemma3Vision::bind),
            Map.entry("idefics3", Idefics3::bind),
            Map.entry("internvl", InternVl::bind),
            Map.entry(Lfm2Vl.PROJECTOR, Lfm2Vl::bind),
            Map.entry("lightonocr", Pixtral::bindOcr),
            Map.entry(MiniCpmV.PROJECTOR, MiniCpmV::bind),
            Map.entry("minigpt_v2", MiniGptV2::bind),
            Map.entry("mlp", ImageEncoders::bindMlp),
            Map.entry("osprey", Osprey::bind),
            Map.entry("pixtral", Pixtral::bind),
            Map.entry(Qwen2VlTower.PROJECTOR, Qwen2VlTower::bind),
            Map.entry(Qwen2VlTower.WINDOWED, Qwen2VlTower::bindWindowed),
            Map.entry(Qwen3VlTower.PROJECTOR, Qwen3VlTower::bind),
            Map.entry(QwenVl.PROJECTOR, QwenVl::bind)));

    /// Makes an encoder from a file.
    @FunctionalInterface
    interface Factory {
        /// @param notes hears of choices that the file left open
        ImageEncoder bind(Metadata metadata, Weights weights, VisionOptions options, Consumer<String> notes);
    }

    private ImageEncoders() {}

    /// The projector types that there are.
    public static Set<String> names() {
        return Collections.unmodifiableSet(BY_NAME.keySet());
    }

    /// Binds the vision side that the file names.
    ///
    /// @param notes hears of choices that the file left open
    /// @throws UnsupportedModelException if the projector is not one of ours
    /// @throws ModelFormatException if the file is no vision file, or a key or tensor is absent, of another
    ///     type, shape or range
    public static ImageEncoder bind(Metadata metadata, Weights weights, VisionOptions options, Consumer<String> notes) {
        String architecture = metadata.string("general.architecture");
        if (!architecture.equals("clip")) {
            throw new ModelFormatException(
                    metadata.file(),
                    "key general.architecture",
                    "'" + architecture + "'",
                    "'clip', a vision file",
                    "this is a text model: give it as the model, and the vision file that belongs to it as mmproj");
        }
        if (Clip.isTwoTower(metadata, weights)) {
            throw new ModelFormatException(
                    metadata.file(),
                    "the file",
                    "an embedding model with two towers",
                    "the vision part of a language model",
                    "compare pictures and texts with `peregrine embed` (in Java, EmbeddingModel)");
        }
        String name = projectorType(metadata, weights);
        Factory factory = BY_NAME.get(name);
        if (factory == null) {
            throw new UnsupportedModelException(
                    metadata.file(), "projector type '" + name + "'", String.join(", ", names()));
        }
        return factory.bind(metadata, weights, options, notes);
    }

    /// Two families have one name.
    private static ImageEncoder bindMlp(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        return Moondream.isIn(m, w) ? Moondream.bind(m, w, options, notes) : Llava.bind(m, w, options, notes);
    }

    /// The projector type that a vision file names, or an empty string if it names none.
    public static String projector(Metadata metadata) {
        return metadata.string(metadata.has(OWN) ? OWN : COMMON, "");
    }

    /// Files that mix modalities have a key for each; the oldest LLaVA files have none.
    private static String projectorType(Metadata metadata, Weights weights) {
        if (!metadata.has(OWN) && !metadata.has(COMMON) && weights.has("mm.0.weight")) {
            return "mlp";
        }
        return metadata.string(metadata.has(OWN) ? OWN : COMMON);
    }
}
