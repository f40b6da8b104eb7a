package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.core.tensor.Shape;
import io.peregrine.kernels.Activation;
import io.peregrine.model.block.CrossAttention;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.Mlp;
import io.peregrine.model.block.PostNormBlock;
import io.peregrine.model.block.QFormer;
import io.peregrine.model.block.RowNorm;
import io.peregrine.model.block.Weights;
import java.util.ArrayList;
import java.util.List;

/// Binds a [QFormer] by the names that `ggml-org/llama.cpp : tools/mtmd/clip-impl.h` gives its tensors.
///
/// The tensors say how many queries and layers there are and which layers look at the picture; where a key
/// says so too, it must agree.
final class QFormerLayers {

    private static final String HEADS = "clip.vision.projector.head_count";
    private static final String QUERIES = "clip.vision.projector.query_count";
    private static final String INTERVAL = "clip.vision.projector.cross_attention_interval";
    private static final List<String> CROSS =
            List.of("cross_attn_q", "cross_attn_k", "cross_attn_v", "cross_attn_out", "cross_attn_norm");

    private final Metadata metadata;
    private final Weights weights;
    private final int memoryDim;
    private final int dim;
    private final int heads;
    private final float eps;

    private QFormerLayers(Metadata m, Weights w, int memoryDim, int dim) {
        this.metadata = m;
        this.weights = w;
        this.memoryDim = memoryDim;
        this.dim = dim;
        this.heads = m.integer(HEADS, 1, Limits.HEADS);
        this.eps = m.number("clip.vision.projector.layer_norm_epsilon", 1e-12f, 0, 1);
        if (dim % heads != 0) {
            throw new ModelFormatException(
                    m.file(),
                    "key " + HEADS,
                    Integer.toString(heads),
                    "a divisor of " + dim + ", the width of v.proj_query",
                    "");
        }
    }

    /// Binds `v.proj_query`, `v.proj_norm` and all `v.proj_blk.N`.
    ///
    /// @param memoryDim width of the rows that it looks at
    static QFormer bind(Metadata m, Weights w, int memoryDim) {
        Shape shape = w.shape("v.proj_query");
        if (shape.rank() != 2 || shape.rows() < 1 || shape.rows() > Limits.WIDTH || shape.columns() > Limits.WIDTH) {
            throw new ModelFormatException(
                    m.file(), "tensor v.proj_query", "shape " + shape, "shape [queries, width]", "");
        }
        int queries = (int) shape.rows();
        if (m.integer(QUERIES, queries, 1, Limits.WIDTH) != queries) {
            throw new ModelFormatException(
                    m.file(),
                    "tensor v.proj_query",
                    queries + " rows",
                    m.integer(QUERIES, 1, Limits.WIDTH) + ", as " + QUERIES + " says",
                    "");
        }
        QFormerLayers layers = new QFormerLayers(m, w, memoryDim, (int) shape.columns());
        return QFormer.of(
                w.table("v.proj_query", queries, layers.dim),
                w.layerNorm("v.proj_norm", layers.dim, layers.eps),
                layers.blocks());
    }

    private List<PostNormBlock> blocks() {
        int count = Math.max(1, weights.blocks("v.proj_blk."));
        int interval = metadata.integer(INTERVAL, 0, 1, Limits.LAYERS);
        List<PostNormBlock> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = "v.proj_blk." + i + ".";
            boolean crosses = CROSS.stream().anyMatch(part -> weights.hasHere(name + part + ".weight"));
            if (interval != 0 && crosses != (i % interval == 0)) {
                throw new ModelFormatException(
                        metadata.file(),
                        "tensors " + name + "cross_attn_*",
                        crosses ? "some" : "none",
                        (crosses ? "none" : "some") + ": " + INTERVAL + " is " + interval,
                        "");
            }
            blocks.add(block(name, crosses));
        }
        return blocks;
    }

    private PostNormBlock block(String name, boolean crosses) {
        CrossAttention self = attention(name + "self_attn_", dim);
        RowNorm selfNorm = weights.layerNorm(name + "self_attn_norm", dim, eps);
        PostNormBlock.Crossing crossing = null;
        if (crosses) {
            crossing = new PostNormBlock.Crossing(
                    attention(name + "cross_attn_", memoryDim),
                    weights.layerNorm(name + "cross_attn_norm", dim, eps));
        }
        Linear up = weights.linear(name + "ffn_up", dim);
        Linear down = weights.linear(name + "ffn_down", up.out(), dim);
        return new PostNormBlock(
                self,
                selfNorm,
                crossing,
                new Mlp(null, up, down, Activation.GELU_ERF),
                weights.layerNorm(name + "ffn_norm", dim, eps));
    }

    private CrossAttention attention(String name, int keyDim) {
        return new CrossAttention(
                weights.linear(name + "q", dim, dim),
                weights.linear(name + "k", keyDim, dim),
                weights.linear(name + "v", keyDim, dim),
                weights.linear(name + "out", dim, dim),
                heads);
    }
}
