package io.peregrine.cli.convert;

import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Printable;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The systems by name, and how a model's own `config.json` names them. To add one: its file, and a line here.
final class Recipes {

    private static final Map<String, Recipe> BY_NAME = new TreeMap<>(Map.of(
            "clip", new Clip(),
            "fuyu", new Fuyu(),
            "llama", new Llama(),
            "llava", new Llava(),
            "minigpt-v2", new MiniGpt(false),
            "minigpt4", new MiniGpt(true),
            "osprey", new Osprey(),
            "qwen-vl", new QwenVl()));

    private Recipes() {}

    /// The recipe that the request names, or that the configuration asks for.
    ///
    /// @throws UnsupportedModelException if neither is known
    static Recipe of(Sources sources) {
        Config config = sources.config();
        String named = sources.request().system();
        String name = named != null ? named : recognised(sources);
        Recipe recipe = name == null ? null : BY_NAME.get(name);
        if (recipe == null) {
            String what = named != null
                    ? "the system " + Printable.of(named)
                    : "model_type " + value(config, "model_type") + " with architectures "
                            + value(config, "architectures");
            throw new UnsupportedModelException(
                    config.file(), what, String.join(", ", BY_NAME.keySet()) + " (--system names one)");
        }
        return recipe;
    }

    private static String value(Config config, String key) {
        String value = config.json().path(key).toString();
        return value.isEmpty() ? "(none)" : Printable.of(value);
    }

    private static @Nullable String recognised(Sources sources) {
        Config config = sources.config();
        Request request = sources.request();
        return switch (config.string("model_type", "")) {
            case "llava", "llava_llama", "llava_mistral", "llava_next" -> "llava";
            case "llama", "mistral" ->
                request.projector() == null ? "llama" : request.qformer() == null ? "minigpt-v2" : "minigpt4";
            case "clip" -> "clip";
            case "osprey" -> "osprey";
            case "fuyu" -> "fuyu";
            case "qwen" -> config.has("visual") ? "qwen-vl" : null;
            default -> null;
        };
    }
}
