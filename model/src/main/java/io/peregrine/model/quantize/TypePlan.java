package io.peregrine.model.quantize;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.Encoder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which type each tensor of a file gets.
///
/// Matrices whose name ends in `.weight` get the type of the mix; everything else stays as it is: vectors (norms,
/// biases), kernels of convolutions, tables of positions, queries and token types, routers of experts. Rows that are
/// no whole number of blocks get a type of smaller blocks that is no less accurate, or floats of 16 bits.
///
/// Source: `ggml-org/llama.cpp : src/llama-quant.cpp`, whose choice this is wherever both know the tensor.
public final class TypePlan {

    /// Parts of names of matrices that are looked up or added rather than multiplied, or are too small to matter.
    private static final List<String> KEPT = List.of(
            "_norm.weight",
            "position_embd",
            "pos_embd",
            "pos_embed",
            "patch_embd",
            "patch_merger",
            "token_types",
            "class_embd",
            "query",
            "ffn_gate_inp",
            "ssm_conv1d",
            "shortconv.conv",
            "rel_pos",
            "attn_rel_b");

    private static final String EXPERTS = "_exps.weight";
    private static final String OUTPUT = "output.weight";
    private static final String TOKENS = "token_embd.weight";
    private static final Pattern LAYER = Pattern.compile("(.*?blk\\.)(\\d{1,6})\\..*");

    /// Tensors that could not have the type that was meant for them.
    private record Misfit(long columns, TensorType wanted, TensorType given) {}

    private final QuantizeOptions options;
    private final Map<String, Integer> layers = new HashMap<>();
    private final Map<String, TensorType> types = new LinkedHashMap<>();
    private final Map<Misfit, Integer> misfits = new LinkedHashMap<>();
    private final Set<String> usedPatterns = new HashSet<>();
    private final boolean tied;

    /// @param tensors all of the file, since the choice depends on how many layers there are
    public TypePlan(Collection<TensorInfo> tensors, QuantizeOptions options) {
        this.options = options;
        for (TensorInfo tensor : tensors) {
            Matcher layer = LAYER.matcher(tensor.name());
            if (layer.matches()) {
                layers.merge(layer.group(1), Integer.parseInt(layer.group(2)) + 1, Math::max);
            }
        }
        tied = tensors.stream().noneMatch(tensor -> tensor.name().equals(OUTPUT));
        for (TensorInfo tensor : tensors) {
            types.put(tensor.name(), isChanged(tensor) ? fitting(tensor, wanted(tensor)) : tensor.type());
        }
    }

    /// The type that a tensor gets, which may be the one that it has.
    public TensorType type(TensorInfo tensor) {
        TensorType type = types.get(tensor.name());
        if (type == null) {
            throw new IllegalArgumentException("tensor " + tensor.name() + " is not of this file");
        }
        return type;
    }

    /// What was done against the wish, one line each.
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        misfits.forEach((misfit, count) -> notes.add((count == 1 ? "a tensor" : count + " tensors") + " with rows of "
                + misfit.columns + " elements: " + misfit.given + " instead of " + misfit.wanted
                + ", whose blocks hold " + misfit.wanted.blockElements()));
        options.tensorTypes().keySet().stream()
                .filter(pattern -> !usedPatterns.contains(pattern))
                .forEach(pattern -> notes.add("no tensor that is quantised matches " + pattern));
        return notes;
    }

    private boolean isChanged(TensorInfo tensor) {
        String name = tensor.name();
        int rank = tensor.shape().rank();
        boolean matrix = rank == 2 || (rank == 3 && name.endsWith(EXPERTS));
        return matrix
                && tensor.type() != TensorType.F64
                && isFloating(tensor.type())
                && name.endsWith(".weight")
                && KEPT.stream().noneMatch(name::contains)
                && options.keep().stream().noneMatch(pattern -> pattern.matcher(name).find());
    }

    private static boolean isFloating(TensorType type) {
        return switch (type) {
            case I8, I16, I32, I64, F64, Q8_1, Q8_K -> false;
            default -> true;
        };
    }

    private TensorType wanted(TensorInfo tensor) {
        String name = tensor.name();
        Mix mix = options.mix();
        if (name.equals(TOKENS) && options.tokenEmbeddingType() != null) {
            return options.tokenEmbeddingType();
        }
        if ((name.equals(OUTPUT) || (tied && name.equals(TOKENS))) && options.outputType() != null) {
            return options.outputType();
        }
        for (Map.Entry<String, TensorType> entry : options.tensorTypes().entrySet()) {
            if (Pattern.compile(entry.getKey()).matcher(name).find()) {
                usedPatterns.add(entry.getKey());
                return entry.getValue();
            }
        }
        if (options.pure()) {
            return mix.base();
        }
        if (name.equals(OUTPUT) || (tied && name.equals(TOKENS))) {
            return mix.output();
        }
        Matcher layer = LAYER.matcher(name);
        if (!layer.matches()) {
            return mix.base();
        }
        int index = Integer.parseInt(layer.group(2));
        int count = layers.getOrDefault(layer.group(1), 1);
        if (name.contains("attn_v.weight") || name.contains("attn_qkv.weight")) {
            return mix.values(index, count);
        }
        return name.contains("ffn_down") ? mix.down(index, count) : mix.base();
    }

    /// The wanted type if rows are whole blocks of it, or what stands in for it.
    private TensorType fitting(TensorInfo tensor, TensorType wanted) {
        long columns = tensor.shape().columns();
        TensorType type = wanted;
        if (columns % type.blockElements() != 0) {
            type = switch (type) {
                case Q4_K -> TensorType.Q5_0;
                case Q5_K -> TensorType.Q5_1;
                case Q6_K -> TensorType.Q8_0;
                default -> type;
            };
            if (columns % type.blockElements() != 0) {
                type = tensor.type() == TensorType.BF16 ? TensorType.BF16 : TensorType.F16;
            }
            misfits.merge(new Misfit(columns, wanted, type), 1, Integer::sum);
        }
        if (!Encoder.supports(type)) {
            throw new IllegalArgumentException("no encoder for " + type);
        }
        return type;
    }
}
