package io.peregrine.bench.synthetic;

import io.peregrine.bench.synthetic.TowerFile.Trait;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The shape of a model: an architecture and its dimensions, each of which can be replaced.
final class Preset {

    /// Puts keys and tensors of an architecture into a file.
    @FunctionalInterface
    interface Architecture {
        void describe(Preset shape, Quantization quantization, SyntheticFile file);
    }

    private static final int LARGEST = 1 << 24;

    private final String name;
    private final String about;
    private final Architecture architecture;
    private final Map<String, Integer> dimensions = new LinkedHashMap<>();

    private Preset(String name, String about, Architecture architecture) {
        this.name = name;
        this.about = about;
        this.architecture = architecture;
    }

    /// All presets, made anew, by name.
    static Map<String, Preset> all() {
        Map<String, Preset> all = new LinkedHashMap<>();
        add(all, text("llama-1.1b", "a llama of 1.1 billion weights", llama(), 16, 2048, 8192, 32, 8, 64, 32_000, 8192));
        add(all, text("llama-7b", "the shape of Llama 2 7B", llama(), 32, 4096, 11008, 32, 32, 128, 32_000, 4096));
        add(
                all,
                text("llama-tiny", "the smallest that every format can store", llama(), 2, 256, 512, 4, 2, 64, 32_000, 512));
        Preset clip = tower(
                "clip-l-336",
                "an mmproj: the tower and projector of LLaVA 1.5",
                new TowerFile("mlp", EnumSet.of(Trait.CLASS_TOKEN, Trait.PRE_NORM)),
                24, 1024, 4096, 16, 336);
        add(all, clip.put("patch", 14).put("feature-layer", 23).put("projection", 4096));
        Families.addTo(all);
        return all;
    }

    static void add(Map<String, Preset> all, Preset preset) {
        all.put(preset.name, preset);
    }

    private static TextFile llama() {
        return new TextFile("llama", EnumSet.noneOf(TextFile.Trait.class), List.of());
    }

    /// A text model.
    static Preset text(
            String name,
            String about,
            TextFile file,
            int layers,
            int width,
            int ffn,
            int heads,
            int kvHeads,
            int headDim,
            int vocab,
            int context) {
        Preset preset = new Preset(name, about, file);
        preset.put("layers", layers).put("width", width).put("ffn", ffn).put("heads", heads);
        preset.put("kv-heads", kvHeads).put("head-dim", headDim).put("vocab", vocab);
        return preset.put("context", context).put("rope-base", 10_000).put("tied", 0);
    }

    /// A tower, to be completed with a patch and a projection.
    static Preset tower(String name, String about, TowerFile file, int layers, int width, int ffn, int heads, int image) {
        Preset preset = new Preset(name, about, file);
        return preset.put("layers", layers).put("width", width).put("ffn", ffn).put("heads", heads).put("image", image);
    }

    Preset put(String dimension, int value) {
        dimensions.put(dimension, value);
        return this;
    }

    String name() {
        return name;
    }

    boolean has(String dimension) {
        return dimensions.containsKey(dimension);
    }

    int get(String dimension) {
        return dimensions.get(dimension);
    }

    /// Replaces a dimension.
    ///
    /// @throws UsageException if the architecture has no such dimension, or the value is out of range
    void set(String dimension, String value) {
        if (!dimensions.containsKey(dimension)) {
            throw new UsageException("option --" + dimension + " is unknown; " + name + " has --"
                    + String.join(", --", dimensions.keySet()));
        }
        int least = dimension.equals("tied") ? 0 : 1;
        int number;
        try {
            number = Integer.parseInt(value);
        } catch (NumberFormatException e) {
            number = -1;
        }
        if (number < least || number > LARGEST) {
            throw new UsageException("option --" + dimension + ": found " + value + ", expected a number from " + least
                    + " to " + LARGEST);
        }
        dimensions.put(dimension, number);
    }

    /// Writes a model of this shape.
    ///
    /// @throws io.peregrine.core.ModelFileException if the file cannot be written
    /// @throws UsageException if a matrix does not fit the format
    void write(Quantization quantization, long seed, Path path) {
        SyntheticFile file = new SyntheticFile(name + " " + quantization.name(), seed);
        architecture.describe(this, quantization, file);
        file.write(path);
    }

    /// The weights that a model of this shape has.
    long parameters() {
        SyntheticFile file = new SyntheticFile(name, 0);
        architecture.describe(this, Quantization.of("F32", true), file);
        return file.elements();
    }

    /// For the usage text.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format("  %-22s %s%n      ", name, about));
        dimensions.forEach((dimension, value) ->
                text.append(" --").append(dimension).append(' ').append(value));
        return text.toString();
    }
}
