package io.peregrine.bench.synthetic;

import java.nio.file.Path;
import java.util.LinkedHashMap;
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
        llama(all, "llama-1.1b", "a llama of 1.1 billion weights", 16, 2048, 8192, 32, 8, 64, 8192);
        llama(all, "llama-7b", "the shape of Llama 2 7B", 32, 4096, 11008, 32, 32, 128, 4096);
        llama(all, "llama-tiny", "the smallest that every format can store", 2, 256, 512, 4, 2, 64, 512);
        Preset clip = new Preset("clip-l-336", "an mmproj: the tower and projector of LLaVA 1.5", ClipFile::describe);
        clip.put("layers", 24)
                .put("width", 1024)
                .put("ffn", 4096)
                .put("heads", 16)
                .put("image", 336);
        clip.put("patch", 14).put("feature-layer", 23).put("projection", 4096);
        all.put(clip.name, clip);
        return all;
    }

    private static void llama(
            Map<String, Preset> all,
            String name,
            String about,
            int layers,
            int width,
            int ffn,
            int heads,
            int kvHeads,
            int headDim,
            int context) {
        Preset preset = new Preset(name, about, LlamaFile::describe);
        preset.put("layers", layers).put("width", width).put("ffn", ffn).put("heads", heads);
        preset.put("kv-heads", kvHeads).put("head-dim", headDim).put("vocab", 32_000);
        preset.put("context", context).put("rope-base", 10_000).put("tied", 0);
        all.put(name, preset);
    }

    private Preset put(String dimension, int value) {
        dimensions.put(dimension, value);
        return this;
    }

    String name() {
        return name;
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

    /// For the usage text.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format("  %-12s %s%n              ", name, about));
        dimensions.forEach((dimension, value) ->
                text.append(" --").append(dimension).append(' ').append(value));
        return text.toString();
    }
}
