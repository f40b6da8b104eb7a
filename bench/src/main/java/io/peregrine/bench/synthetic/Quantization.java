package io.peregrine.bench.synthetic;

import io.peregrine.core.tensor.TensorType;
import java.util.Locale;

/// Which matrix of a model is stored in which type, under the names of `llama-quantize`.
///
/// The name of a type stands for that type in all matrices, except that the output matrix of quantised models
/// is Q6_K unless they are Q8_0, as llama.cpp has it. In the mixes `Q4_K_M` and `Q5_K_M`, the values of
/// attention and the second matrix of the feed-forward part are Q6_K in the outer layers and in every third
/// between.
///
/// Source: `ggml-org/llama.cpp : src/llama-quant.cpp` (`llama_tensor_get_type_impl`), `include/llama.h`
/// (`llama_ftype`).
///
/// @param name for the metadata
/// @param base the type of most matrices
/// @param mixed whether some layers have Q6_K
/// @param pure whether the output matrix has the base type too
record Quantization(String name, TensorType base, boolean mixed, boolean pure) {

    /// @param name of a type or a mix, in any case
    /// @throws UsageException if there is no such name or no recipe for it
    static Quantization of(String name, boolean pure) {
        String upper = name.toUpperCase(Locale.ROOT);
        boolean mixed = upper.equals("Q4_K_M") || upper.equals("Q5_K_M");
        String base = mixed ? upper.substring(0, 4) : upper;
        for (TensorType type : TensorType.values()) {
            if (type.name().equals(base) && BlockRecipe.supports(type)) {
                return new Quantization(upper, type, mixed, pure);
            }
        }
        throw new UsageException(
                "format " + name + " is unknown; known are the types of weights in GGUF files but IQ1_M"
                        + " and NVFP4, and the mixes Q4_K_M and Q5_K_M");
    }

    TensorType output() {
        boolean quantized = base.isBlocked() && base != TensorType.Q8_0;
        return quantized && !pure ? TensorType.Q6_K : base;
    }

    /// The type of `attn_v` and `ffn_down`, which the mixes store better in some layers.
    TensorType sensitive(int layer, int layers) {
        boolean outer = layer < layers / 8 || layer >= 7 * layers / 8;
        return mixed && (outer || (layer - layers / 8) % 3 == 2) ? TensorType.Q6_K : base;
    }

    /// The number of the mix in `general.file_type`.
    int fileType() {
        return switch (base) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q8_0 -> 7;
            case Q5_0 -> 8;
            case Q5_1 -> 9;
            case Q2_K -> 10;
            case Q3_K -> 11;
            case Q4_K -> mixed ? 15 : 14;
            case Q5_K -> mixed ? 17 : 16;
            case Q6_K -> 18;
            case IQ2_XXS -> 19;
            case IQ2_XS -> 20;
            case IQ3_XXS -> 23;
            case IQ1_S -> 24;
            case IQ4_NL -> 25;
            case IQ3_S -> 26;
            case IQ2_S -> 28;
            case IQ4_XS -> 30;
            case BF16 -> 32;
            case TQ1_0 -> 36;
            case TQ2_0 -> 37;
            case MXFP4 -> 38;
            case Q1_0 -> 40;
            case Q2_0 -> 41;
            default -> 1024;
        };
    }
}
