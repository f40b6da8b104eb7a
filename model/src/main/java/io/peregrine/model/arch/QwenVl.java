package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Activation;
import io.peregrine.model.block.BicubicTable;
import io.peregrine.model.block.CrossAttention;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PatchPlaces;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Resampler;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.SquareRecipe;
import java.util.List;
import java.util.function.Consumer;

/// The vision side of Qwen-VL and Qwen-VL-Chat: OpenCLIP's ViT-bigG, and a resampler that makes 256 rows of it.
///
/// Departures from the plain tower: no class token, the GELU is exact whatever `clip.use_gelu` says, no norm
/// behind the last block. Pictures are squashed to a square as PIL does. In a prompt a picture stands between
/// `<img>` and `</img>`, which are part of the text and not written here.
///
/// Sources: arXiv 2308.12966; `visual.py` of the checkpoint `Qwen/Qwen-VL`. No public GGUF file existed: names
/// are proposed in docs/GGUF.md, those of the resampler after `ggml-org/llama.cpp : tools/mtmd/clip-impl.h`.
final class QwenVl implements TowerEncoder {

    static final String PROJECTOR = "qwenvl_resampler";

    private static final int MAX_QUERIES = 1 << 16;
    private static final long MAX_TABLE = 1L << 28;

    private final VitTower tower;
    private final Resampler resampler;
    private final SquareRecipe recipe;

    /// Patches on a side of a view.
    private final int side;

    private QwenVl(VitTower tower, Resampler resampler, SquareRecipe recipe, int side) {
        this.tower = tower;
        this.resampler = resampler;
        this.recipe = recipe;
        this.side = side;
    }

    static QwenVl bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        VisionKeys keys = VisionKeys.read(m).with(Activation.GELU_ERF);
        FeatureLayers features = FeatureLayers.whole(m, keys, options.featureLayer());
        VitTower tower = new VitTower(
                VitLayers.embedding(w, keys),
                w.layerNorm("v.pre_ln", keys.dim(), keys.eps()),
                VitLayers.blocks(w, keys, features.deepest()),
                features.depths(),
                null);
        SquareRecipe recipe = new SquareRecipe(
                keys.imageSize(),
                options.fit() == null ? Fit.SQUASH : options.fit(),
                Resampling.BICUBIC,
                new Normalisation(keys.mean(), keys.std()));
        return new QwenVl(tower, resampler(m, w, keys, tower.width(), notes), recipe, keys.grid());
    }

    private static Resampler resampler(Metadata m, Weights w, VisionKeys keys, int in, Consumer<String> notes) {
        int dim = m.integer("clip.vision.projection_dim", 1, Limits.WIDTH);
        int heads = m.integer("clip.vision.projector.head_count", 1, Limits.HEADS);
        if (dim % heads != 0) {
            throw new ModelFormatException(
                    m.file(),
                    "key clip.vision.projector.head_count",
                    Integer.toString(heads),
                    "a divisor of clip.vision.projection_dim, which is " + dim,
                    "");
        }
        int queries = m.integer("clip.vision.projector.query_count", 1, MAX_QUERIES);
        float[] places = w.table("resampler.pos_embed", queries, dim);
        float[] keyPlaces = keyPlaces(m, w, keys.grid(), places, queries, dim, notes);
        CrossAttention attention = new CrossAttention(
                w.linear("resampler.attn.q", dim, dim),
                w.linear("resampler.attn.k", dim, dim),
                w.linear("resampler.attn.v", dim, dim),
                w.linear("resampler.attn.out", dim, dim),
                heads);
        return Resampler.of(
                w.linear("resampler.kv", in, dim),
                w.layerNorm("resampler.ln_kv", dim, keys.eps()),
                w.table("resampler.query", queries, dim),
                w.layerNorm("resampler.ln_q", dim, keys.eps()),
                places,
                attention,
                PatchPlaces.fixed(keyPlaces, keys.grid(), keys.grid()),
                w.layerNorm("resampler.ln_post", dim, keys.eps()),
                w.linear("resampler.proj", dim, dim));
    }

    /// The places of the keys: stored, or else the places of the queries stretched to the grid of the patches,
    /// which is how the original makes them.
    private static float[] keyPlaces(
            Metadata m, Weights w, int grid, float[] places, int queries, int dim, Consumer<String> notes) {
        String name = "resampler.pos_embed_k";
        int side = (int) Math.sqrt(queries);
        if (w.has(name) || side * side != queries) {
            return w.table(name, grid * grid, dim);
        }
        long elements = (long) grid * grid * dim;
        if (elements > MAX_TABLE) {
            throw new ResourceLimitException(
                    m.file() + ": the tensor " + name + " that would be made",
                    elements + " elements",
                    MAX_TABLE + " elements",
                    "no known model has one of that size, check where the file comes from");
        }
        notes.accept(m.file() + ": no " + name + "; resampler.pos_embed stretched from " + side + " x " + side + " to "
                + grid + " x " + grid + " places takes its place");
        return BicubicTable.resize(places, side, grid, dim);
    }

    @Override
    public int dim() {
        return resampler.out();
    }

    @Override
    public String chatTemplate() {
        return "qwen-vl";
    }

    @Override
    public PreparedPicture prepare(Image image) {
        return new PreparedPicture(List.of(new PreparedPicture.Block(List.of(recipe.apply(image)), resampler.count())));
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.apply(pass, views, pass.rows("v.features", 0, 0)); // [views * patches, width]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        return resampler.apply(pass, features, views.size(), side, side, out);
    }
}
