package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.tensor.Shape;
import io.peregrine.kernels.Matrix;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.Mlp;
import io.peregrine.model.block.PatchEmbedding;
import io.peregrine.model.block.PatchPlaces;
import io.peregrine.model.block.RowNorm;
import io.peregrine.model.block.VitAttention;
import io.peregrine.model.block.VitBlock;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The parts of a vision transformer by the names that mmproj files give them, from which a family makes its
/// [VitTower]. Biases, gates of feed-forward parts, layer scales and norms of queries and keys are bound where the file
/// has them.
///
/// Source: `ggml-org/llama.cpp : tools/mtmd/clip-impl.h`.
final class VitLayers {

    /// Places on a side of a square.
    private static final int MAX_SIDE = 1 << 12;

    private VitLayers() {}

    /// `v.patch_embd`, `v.position_embd` and, where the file has one, the class token `v.class_embd`, which
    /// comes first; for square views of one size.
    static PatchEmbedding embedding(Weights w, VisionKeys c) {
        int dim = c.dim();
        int patches = c.grid() * c.grid();
        float[] classToken = w.vectorOrNull("v.class_embd", dim);
        int front = classToken == null ? 0 : 1;
        float[] table = w.table("v.position_embd.weight", front + patches, dim);
        if (classToken != null) {
            for (int i = 0; i < dim; i++) {
                classToken[i] += table[i];
            }
        }
        float[] places = Arrays.copyOfRange(table, front * dim, table.length);
        return new PatchEmbedding(
                c.patch(), patchKernel(w, c), classToken, PatchPlaces.fixed(places, c.grid(), c.grid()));
    }

    /// Learned places of a square, from which towers for views of any size take theirs.
    ///
    /// @param values `[side * side, dim]`, line by line
    record SquarePlaces(float[] values, int side) {}

    /// `v.position_embd` of a square of any size: what files say of sizes is about pictures.
    static SquarePlaces squarePlaces(Weights w, int dim) {
        String name = "v.position_embd.weight";
        Shape shape = w.shape(name);
        long rows = shape.rank() == 2 ? shape.rows() : 0;
        int side = (int) Math.sqrt(rows);
        if (rows < 1 || (long) side * side != rows || side > MAX_SIDE) {
            throw new ModelFormatException(
                    w.fileName(),
                    "tensor " + name,
                    "shape " + shape,
                    "shape [side * side, " + dim + "] with a side from 1 to " + MAX_SIDE,
                    "");
        }
        return new SquarePlaces(w.table(name, (int) rows, dim), side);
    }

    /// `v.patch_embd`.
    static Linear patchKernel(Weights w, VisionKeys c) {
        return new Linear(
                w.patchKernel("v.patch_embd.weight", c.dim(), 3, c.patch(), c.patch()),
                w.vectorOrNull("v.patch_embd.bias", c.dim()));
    }

    /// `v.patch_embd` of towers that look at pairs of pictures, without a class token: a kernel for each of the two.
    ///
    /// @param places what the places of patches add, or null
    static PatchEmbedding pairs(Weights w, VisionKeys c, @Nullable PatchPlaces places) {
        Matrix second = w.patchKernel("v.patch_embd.weight.1", c.dim(), 3, c.patch(), c.patch());
        return new PatchEmbedding(c.patch(), patchKernel(w, c), new Linear(second, null), null, places);
    }

    /// The blocks `v.blk.0` to `v.blk.(count - 1)`.
    static List<VitBlock> blocks(Weights w, VisionKeys c, int count) {
        return blocks(w, "v", c.block(), count);
    }

    /// The blocks `tower.blk.0` to `tower.blk.(count - 1)`.
    static List<VitBlock> blocks(Weights w, String tower, BlockKeys c, int count) {
        List<VitBlock> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(block(w, c, tower + ".blk." + i + "."));
        }
        return blocks;
    }

    private static VitBlock block(Weights w, BlockKeys c, String name) {
        boolean swapped = swapped(w, c, name);
        List<Linear> inputs = queryKeyValue(w, c, name);
        RowNorm norm1 = c.norm(w, name + "ln1");
        RowNorm norm2 = c.norm(w, name + "ln2");
        Linear gate = w.has(name + "ffn_gate.weight") ? w.linear(name + "ffn_gate", c.dim(), c.ffn()) : null;
        Linear widen = w.linear(name + (swapped ? "ffn_down" : "ffn_up"), c.dim(), c.ffn());
        Linear narrow = w.linear(name + (swapped ? "ffn_up" : "ffn_down"), c.ffn(), c.dim());
        return new VitBlock(
                norm1,
                new VitAttention(
                        inputs.get(0),
                        inputs.get(1),
                        inputs.get(2),
                        normOrNull(w, c, name + "attn_q_norm"),
                        normOrNull(w, c, name + "attn_k_norm"),
                        w.linear(name + "attn_out", c.dim(), c.dim()),
                        c.heads()),
                false,
                w.vectorOrNull(name + "ls1.weight", c.dim()),
                norm2,
                new Mlp(gate, widen, narrow, c.activation()),
                w.vectorOrNull(name + "ls2.weight", c.dim()));
    }

    private static @Nullable RowNorm normOrNull(Weights w, BlockKeys c, String name) {
        return w.has(name + ".weight") ? c.norm(w, name) : null;
    }

    /// Whether a block has its two feed-forward layers under each other's names, as old converters write them
    /// (SEED_SYSTEMS 1.2): the one that widens is the first.
    private static boolean swapped(Weights w, BlockKeys c, String name) {
        String down = name + "ffn_down.weight";
        return c.dim() != c.ffn()
                && w.shape(name + "ffn_up.weight").columns() == c.ffn()
                && w.has(down)
                && w.shape(down).columns() == c.dim();
    }

    /// `attn_q`, `attn_k` and `attn_v`, or all in one `attn_qkv` of three blocks of rows.
    private static List<Linear> queryKeyValue(Weights w, BlockKeys c, String name) {
        int dim = c.dim();
        String fused = name + "attn_qkv";
        if (w.has(fused + ".weight")) {
            return IntStream.range(0, 3)
                    .mapToObj(part -> w.linearRows(fused, dim, Math.multiplyExact(3, dim), part * dim, dim))
                    .toList();
        }
        return Stream.of("attn_q", "attn_k", "attn_v")
                .map(part -> w.linear(name + part, dim, dim))
                .toList();
    }
}
