package io.peregrine.model.image;

import java.util.Arrays;
import java.util.stream.Collectors;

/// Whose way a picture takes into a vision tower, where two programs for the same model do not agree: its
/// size, its tiles and how it is resized.
public enum Preprocess {
    /// As the authors of the model did when they trained and published it, which is what Hugging Face's
    /// processor of the family does: Pillow's resampling, pictures stretched to the size that was chosen. The
    /// default.
    AUTHORS("authors"),
    /// As llama.cpp does at commit 3f545bec (August 2026), for comparisons with it: align-corners bilinear or
    /// unshifted bicubic resampling without antialiasing, and mostly the picture's shape kept and the rest filled
    /// with one colour. Projectors then take llama.cpp's tanh form of the GELU, where they have one.
    LLAMA_CPP("llama.cpp");

    private final String publicName;

    Preprocess(String publicName) {
        this.publicName = publicName;
    }

    /// The way of a public name.
    ///
    /// @param name `authors` or `llama.cpp`
    /// @throws IllegalArgumentException listing the names
    public static Preprocess of(String name) {
        for (Preprocess way : values()) {
            if (way.publicName.equals(name)) {
                return way;
            }
        }
        throw new IllegalArgumentException("preprocess: found " + name + ", expected one of "
                + Arrays.stream(values()).map(Preprocess::toString).collect(Collectors.joining(", ")));
    }

    /// The public name.
    @Override
    public String toString() {
        return publicName;
    }
}
