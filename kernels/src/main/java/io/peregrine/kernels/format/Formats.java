package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The catalogue of storage formats.
public final class Formats {

    private static final Map<TensorType, BlockFormat> BY_TYPE = new EnumMap<>(TensorType.class);
    private static final List<BlockFormat> ALL;

    static {
        for (TensorType type : TensorType.values()) {
            BlockFormat format = create(type);
            if (format != null) {
                BY_TYPE.put(type, format);
            }
        }
        ALL = List.copyOf(BY_TYPE.values());
    }

    private Formats() {}

    /// The format of a type.
    ///
    /// @throws IllegalArgumentException if tensors of this type are not weights (integers, F64, Q8_1, Q8_K)
    public static BlockFormat of(TensorType type) {
        BlockFormat format = BY_TYPE.get(type);
        if (format == null) {
            throw new IllegalArgumentException(type + " is not a storage format of weights");
        }
        return format;
    }

    /// All formats, in the order of [io.peregrine.core.tensor.TensorType].
    public static List<BlockFormat> all() {
        return ALL;
    }

    private static @Nullable BlockFormat create(TensorType type) {
        return switch (type) {
            case F32 -> new F32();
            case F16 -> new F16();
            case BF16 -> new BF16();
            case Q1_0 -> new Q1_0();
            case Q2_0 -> new Q2_0();
            case Q4_0 -> new Q4_0();
            case Q4_1 -> new Q4_1();
            case Q5_0 -> new Q5_0();
            case Q5_1 -> new Q5_1();
            case Q8_0 -> new Q8_0();
            case Q2_K -> new Q2_K();
            case Q3_K -> new Q3_K();
            case Q4_K -> new Q4_K();
            case Q5_K -> new Q5_K();
            case Q6_K -> new Q6_K();
            case IQ1_S -> new IQ1_S();
            case IQ1_M -> new IQ1_M();
            case IQ2_XXS -> new IQ2_XXS();
            case IQ2_XS -> new IQ2_XS();
            case IQ2_S -> new IQ2_S();
            case IQ3_XXS -> new IQ3_XXS();
            case IQ3_S -> new IQ3_S();
            case IQ4_NL -> new IQ4_NL();
            case IQ4_XS -> new IQ4_XS();
            case MXFP4 -> new MXFP4();
            case NVFP4 -> new NVFP4();
            case TQ1_0 -> new TQ1_0();
            case TQ2_0 -> new TQ2_0();
            case Q8_1, Q8_K, I8, I16, I32, I64, F64 -> null;
        };
    }
}
