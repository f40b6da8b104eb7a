package io.peregrine.model.chat;

import io.peregrine.core.TemplateException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The formats that come with Peregrine: Jinja sources of our own, one resource each, for what the authors of the
/// models document. They write `bos_token` and `eos_token` where a turn has them.
final class BuiltinTemplates {

    private static final ImageFrame TAGGED = new ImageFrame("<Img>", "</Img> ");

    private static final Map<String, Format> FORMATS = new TreeMap<>();

    static {
        for (String name : List.of(
                "gemma", "granite", "llama2", "llama3", "llava_v1", "minicpm", "mistral", "phi2", "phi3", "vicuna",
                "zephyr")) {
            add(name, name, null);
        }
        add("chatml", "chatml", null, "<|im_end|>");
        add("chatml-yi", "chatml-yi", ImageFrame.LINE, "<|im_end|>");
        add("fuyu", "fuyu", ImageFrame.NONE);
        add("gemma3", "gemma", ImageFrame.NONE);
        add("granite-docling", "granite", ImageFrame.NONE);
        add("granite-vision", "granite-vision", ImageFrame.LINE);
        add("internvl", "internvl", ImageFrame.LINE, "<|im_end|>");
        add("lfm2", "lfm2", ImageFrame.NONE, "<|im_end|>");
        add("lightonocr", "lightonocr", ImageFrame.NONE, "<|im_end|>");
        add("minicpmv", "chatml", ImageFrame.LINE, "<|im_end|>");
        add("minigpt-v2", "minigpt-v2", TAGGED);
        add("minigpt4", "minigpt4", TAGGED, "###");
        add("minigpt4-llama2", "minigpt4-llama2", TAGGED);
        add("mistral-llava", "mistral-llava", ImageFrame.LINE);
        add("mistral-small", "mistral-small", ImageFrame.NONE);
        add("moondream", "moondream", ImageFrame.NONE);
        add("osprey", "llava_v1", new ImageFrame("", "\nThis provides an overview of the picture.\n"));
        add("pixtral", "pixtral", ImageFrame.NONE);
        add("qwen-vl", "qwen-vl", new ImageFrame("Picture {n}: <img>", "</img>\n"), "<|im_end|>");
        add("qwen2-vl", "qwen-vl", ImageFrame.NONE, "<|im_end|>");
        add("qwen3-vl", "chatml", ImageFrame.NONE, "<|im_end|>");
        add("smolvlm", "smolvlm", ImageFrame.NONE, "<end_of_utterance>");
    }

    /// Names in alphabetical order.
    static final List<String> NAMES = List.copyOf(FORMATS.keySet());

    /// A format.
    ///
    /// @param source the Jinja source
    /// @param frame what stands around images, or null: what stands around them depends on the vision side
    /// @param stops strings that end an answer, beside the tokens that do
    record Format(String source, @Nullable ImageFrame frame, List<String> stops) {}

    private BuiltinTemplates() {}

    /// @throws TemplateException if there is none of that name
    static Format format(String name) {
        Format format = FORMATS.get(name);
        if (format == null) {
            throw new TemplateException(
                    "chat template '" + name + "'",
                    "there is no built-in template of that name; there are " + String.join(", ", NAMES));
        }
        return format;
    }

    private static void add(String name, String resource, @Nullable ImageFrame frame, String... stops) {
        FORMATS.put(name, new Format(source(resource), frame, List.of(stops)));
    }

    private static String source(String name) {
        try (InputStream in = BuiltinTemplates.class.getResourceAsStream(name + ".jinja")) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + ".jinja is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
