package io.peregrine.kernels.scalar;

import io.peregrine.core.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/// The definition of a storage format: how one block becomes floats, in plain loops that follow the format's
/// description. Never tuned.
///
/// The order of the roundings is part of it: the results equal `to_float` of `ggml-org/ggml` in every bit (of a
/// NaN only that it is one).
@FunctionalInterface
public interface ScalarDecoder {

    /// Decodes the block at byte `at` of `data` to as many floats as a block has elements, from `out[o]`.
    void block(MemorySegment data, long at, float[] out, int o);

    /// The definition of a type.
    ///
    /// @throws IllegalArgumentException if tensors of this type are not weights
    static ScalarDecoder of(TensorType type) {
        return switch (type) {
            case F32 -> PlainBlocks::f32;
            case F16 -> PlainBlocks::f16;
            case BF16 -> PlainBlocks::bf16;
            case Q1_0 -> SmallBlocks::q1_0;
            case Q2_0 -> SmallBlocks::q2_0;
            case Q4_0 -> SmallBlocks::q4_0;
            case Q4_1 -> SmallBlocks::q4_1;
            case Q5_0 -> SmallBlocks::q5_0;
            case Q5_1 -> SmallBlocks::q5_1;
            case Q8_0 -> SmallBlocks::q8_0;
            case IQ4_NL -> SmallBlocks::iq4Nl;
            case MXFP4 -> SmallBlocks::mxfp4;
            case NVFP4 -> SmallBlocks::nvfp4;
            case Q2_K -> SuperBlocks::q2K;
            case Q3_K -> SuperBlocks::q3K;
            case Q4_K -> SuperBlocks::q4K;
            case Q5_K -> SuperBlocks::q5K;
            case Q6_K -> SuperBlocks::q6K;
            case IQ4_XS -> SuperBlocks::iq4Xs;
            case TQ1_0 -> SuperBlocks::tq1_0;
            case TQ2_0 -> SuperBlocks::tq2_0;
            case IQ1_S -> GridBlocks::iq1S;
            case IQ1_M -> GridBlocks::iq1M;
            case IQ2_XXS -> GridBlocks::iq2Xxs;
            case IQ2_XS -> GridBlocks::iq2Xs;
            case IQ2_S -> GridBlocks::iq2S;
            case IQ3_XXS -> GridBlocks::iq3Xxs;
            case IQ3_S -> GridBlocks::iq3S;
            case Q8_1, Q8_K, I8, I16, I32, I64, F64 ->
                throw new IllegalArgumentException(type + " is not a storage format of weights");
        };
    }

    /// Decodes `blocks` blocks that follow each other.
    static void decode(TensorType type, MemorySegment data, long at, int blocks, float[] out, int o) {
        ScalarDecoder decoder = of(type);
        for (int b = 0; b < blocks; b++) {
            decoder.block(data, at + (long) b * type.blockBytes(), out, o + b * type.blockElements());
        }
    }
}
