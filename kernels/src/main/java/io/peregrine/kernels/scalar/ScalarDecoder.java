package io.peregrine.kernels.scalar;

import io.peregrine.core.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/// The definition of a storage format: how its blocks become floats, in plain loops that follow the format's
/// description. Never tuned.
///
/// The order of the roundings is part of it: the results equal `to_float` of `ggml-org/ggml` in every bit (of a
/// NaN only that it is one).
@FunctionalInterface
public interface ScalarDecoder {

    /// Decodes `blocks` blocks that follow each other from byte `at` of `data` to `out[o ..]`.
    void decode(MemorySegment data, long at, int blocks, float[] out, int o);

    /// Decodes one block.
    @FunctionalInterface
    interface Block {
        void decode(MemorySegment data, long at, float[] out, int o);
    }

    /// The definition of a type.
    ///
    /// @throws IllegalArgumentException if tensors of this type are not weights
    static ScalarDecoder of(TensorType type) {
        return switch (type) {
            case F32 -> PlainBlocks::f32;
            case F16 -> PlainBlocks::f16;
            case BF16 -> PlainBlocks::bf16;
            case Q1_0 -> each(type, SmallBlocks::q1_0);
            case Q2_0 -> each(type, SmallBlocks::q2_0);
            case Q4_0 -> each(type, SmallBlocks::q4_0);
            case Q4_1 -> each(type, SmallBlocks::q4_1);
            case Q5_0 -> each(type, SmallBlocks::q5_0);
            case Q5_1 -> each(type, SmallBlocks::q5_1);
            case Q8_0 -> each(type, SmallBlocks::q8_0);
            case IQ4_NL -> each(type, SmallBlocks::iq4Nl);
            case MXFP4 -> each(type, SmallBlocks::mxfp4);
            case NVFP4 -> each(type, SmallBlocks::nvfp4);
            case Q2_K -> each(type, SuperBlocks::q2K);
            case Q3_K -> each(type, SuperBlocks::q3K);
            case Q4_K -> each(type, SuperBlocks::q4K);
            case Q5_K -> each(type, SuperBlocks::q5K);
            case Q6_K -> each(type, SuperBlocks::q6K);
            case IQ4_XS -> each(type, SuperBlocks::iq4Xs);
            case TQ1_0 -> each(type, SuperBlocks::tq1_0);
            case TQ2_0 -> each(type, SuperBlocks::tq2_0);
            case IQ1_S -> each(type, GridBlocks::iq1S);
            case IQ1_M -> each(type, GridBlocks::iq1M);
            case IQ2_XXS -> each(type, GridBlocks::iq2Xxs);
            case IQ2_XS -> each(type, GridBlocks::iq2Xs);
            case IQ2_S -> each(type, GridBlocks::iq2S);
            case IQ3_XXS -> each(type, GridBlocks::iq3Xxs);
            case IQ3_S -> each(type, GridBlocks::iq3S);
            case Q8_1, Q8_K, I8, I16, I32, I64, F64 ->
                throw new IllegalArgumentException(type + " is not a storage format of weights");
        };
    }

    private static ScalarDecoder each(TensorType type, Block block) {
        return (data, at, blocks, out, o) -> {
            for (int b = 0; b < blocks; b++) {
                block.decode(data, at + (long) b * type.blockBytes(), out, o + b * type.blockElements());
            }
        };
    }
}
