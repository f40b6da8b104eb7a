package io.peregrine.model.quantize;

import io.peregrine.core.tensor.TensorType;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// What a file can be quantised to, under the names of `llama-quantize`: a type for most matrices, and which of them
/// get another.
///
/// In every mix of blocked types but Q8_0 the output matrix is Q6_K. `_M` stores the values of attention and the
/// second matrix of the feed-forward part as Q6_K in the outer layers and in every third between; `_S` stores these
/// two with one bit more in the first layers. See [TypePlan].
///
/// Source of the numbers: `ggml-org/llama.cpp : include/llama.h` (`llama_ftype`).
public enum Mix {
    F32(TensorType.F32, 0),
    F16(TensorType.F16, 1),
    BF16(TensorType.BF16, 32),
    Q8_0(TensorType.Q8_0, 7),
    Q6_K(TensorType.Q6_K, 18),
    Q5_K_M(TensorType.Q5_K, 17),
    Q5_K_S(TensorType.Q5_K, 16),
    Q5_K(TensorType.Q5_K, 16),
    Q5_1(TensorType.Q5_1, 9),
    Q5_0(TensorType.Q5_0, 8),
    Q4_K_M(TensorType.Q4_K, 15),
    Q4_K_S(TensorType.Q4_K, 14),
    Q4_K(TensorType.Q4_K, 14),
    Q4_1(TensorType.Q4_1, 3),
    Q4_0(TensorType.Q4_0, 2);

    private final TensorType base;
    private final int fileType;

    Mix(TensorType base, int fileType) {
        this.base = base;
        this.fileType = fileType;
    }

    /// The mix of a name, in upper or lower case.
    ///
    /// @throws IllegalArgumentException listing the names
    public static Mix of(String name) {
        for (Mix mix : values()) {
            if (mix.name().equalsIgnoreCase(name)) {
                return mix;
            }
        }
        throw new IllegalArgumentException("type: found " + name + ", expected one of " + names());
    }

    /// All names, from the most accurate to the smallest.
    public static String names() {
        return Arrays.stream(values()).map(Mix::name).collect(Collectors.joining(", "));
    }

    /// The type of a single tensor: a mix that is the same for all.
    ///
    /// @throws IllegalArgumentException listing the types
    public static TensorType type(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        for (Mix mix : values()) {
            if (mix.base.name().equals(upper)) {
                return mix.base;
            }
        }
        String types = Arrays.stream(values()).map(mix -> mix.base.name()).distinct().collect(Collectors.joining(", "));
        throw new IllegalArgumentException("type of a tensor: found " + name + ", expected one of " + types);
    }

    /// The type of most matrices.
    public TensorType base() {
        return base;
    }

    /// The number in `general.file_type`.
    public int fileType() {
        return fileType;
    }

    /// The type of the output matrix.
    TensorType output() {
        return base.isBlocked() && base != TensorType.Q8_0 ? TensorType.Q6_K : base;
    }

    /// The type of the values of attention in layer `layer` of `layers`.
    TensorType values(int layer, int layers) {
        return switch (this) {
            case Q4_K_M, Q5_K_M -> moreBits(layer, layers) ? TensorType.Q6_K : base;
            case Q4_K_S -> layer < 4 ? TensorType.Q5_K : base;
            default -> base;
        };
    }

    /// The type of the second matrix of the feed-forward part.
    TensorType down(int layer, int layers) {
        return switch (this) {
            case Q4_K_M, Q5_K_M -> moreBits(layer, layers) ? TensorType.Q6_K : base;
            case Q4_K_S -> layer < layers / 8 ? TensorType.Q5_K : base;
            default -> base;
        };
    }

    /// The first and the last eighth of the layers, and every third between.
    private static boolean moreBits(int layer, int layers) {
        return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    }
}
