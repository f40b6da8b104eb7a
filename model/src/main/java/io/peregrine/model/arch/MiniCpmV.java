package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.core.tensor.Shape;
import io.peregrine.model.block.BucketPlaces;
import io.peregrine.model.block.CrossAttention;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PatchEmbedding;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Resampler;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.SinePlaces;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import io.peregrine.model.image.SliceRecipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The vision side of MiniCPM-V 2.6, 4 and 4.5 and MiniCPM-o 2.6 and 4.5 (`resampler`): a SigLIP tower for views of any
/// size, and a resampler that makes as many rows of each, usually 64.
///
/// Departures from the plain tower: patches of a view of any size take the places at the same fractions of the square
/// of 70 x 70 that the tower was trained with; a norm behind the last block. Keys of the resampler get the sines and
/// cosines of their line and column, queries no places; its heads are 128 wide. A large picture is seen as a whole and
/// in up to nine slices ([SliceRecipe]).
///
/// In a prompt the whole stands in `<image>` `</image>`, each slice in `<slice>` `</slice>`, with a newline between
/// rows of slices. The authors write the picture's number in the prompt in front of it, llama.cpp does not.
///
/// Sources: arXiv 2408.01800; `resampler.py`, `modeling_navit_siglip.py`, `processing_minicpmv.py` of the checkpoint
/// `openbmb/MiniCPM-V-2_6`; names as in `ggml-org/llama.cpp : tools/mtmd/clip-impl.h,
/// tools/mtmd/legacy-models/minicpmv-convert-image-encoder-to-gguf.py`.
final class MiniCpmV implements TowerEncoder {

    static final String PROJECTOR = "resampler";

    private static final String VERSION = "clip.minicpmv_version";

    /// MiniCPM-V 2.6, MiniCPM-o 2.6, MiniCPM-V 4, MiniCPM-V 4.5 (and MiniCPM-o 4), MiniCPM-o 4.5.
    private static final Set<Integer> VERSIONS = Set.of(3, 4, 5, 6, 100045);

    /// What a file without a version is taken for by llama.cpp: MiniCPM-Llama3-V 2.5.
    private static final int OLDEST = 2;

    private static final int USUAL_QUERIES = 64;
    private static final int MAX_QUERIES = 1 << 16;
    private static final int HEAD_DIM = 128;

    /// As all published preprocessor files have it.
    private static final int MAX_SLICES = 9;

    private static final PreparedPicture.Mark BEGIN = new PreparedPicture.Mark("<image>");
    private static final PreparedPicture.Mark END = new PreparedPicture.Mark("</image>");
    private static final PreparedPicture.Mark SLICE_BEGIN = new PreparedPicture.Mark("<slice>");
    private static final PreparedPicture.Mark SLICE_END = new PreparedPicture.Mark("</slice>");
    private static final PreparedPicture.Mark LINE_END = new PreparedPicture.Mark("\n");
    private static final PreparedPicture.NumberedMark NUMBER =
            new PreparedPicture.NumberedMark("<image_id>", "</image_id>");

    private final VitTower tower;
    private final Resampler resampler;
    private final SliceRecipe recipe;

    private MiniCpmV(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        checkVersion(m);
        VisionKeys keys = blocks(m, w, notes);
        FeatureLayers features = FeatureLayers.whole(m, keys, options.featureLayer());
        VitLayers.SquarePlaces places = VitLayers.squarePlaces(w, keys.dim());
        tower = new VitTower(
                new PatchEmbedding(
                        keys.patch(),
                        VitLayers.patchKernel(w, keys),
                        null,
                        new BucketPlaces(places.values(), places.side())),
                null,
                VitLayers.blocks(w, keys, features.deepest()),
                features.depths(),
                w.layerNorm("v.post_ln", keys.dim(), keys.eps()));
        resampler = resampler(m, w, keys);
        int slices = options.maxTiles() == 0 ? MAX_SLICES : Math.min(MAX_SLICES, options.maxTiles());
        recipe = new SliceRecipe(
                keys.imageSize(),
                keys.patch(),
                slices,
                options.preprocess(),
                new Normalisation(keys.mean(), keys.std()));
        tellIgnored(options, notes);
    }

    static MiniCpmV bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        return new MiniCpmV(m, w, options, notes);
    }

    private static void checkVersion(Metadata m) {
        int version = m.integer(VERSION, OLDEST, 0, Integer.MAX_VALUE);
        if (!VERSIONS.contains(version)) {
            throw new UnsupportedModelException(
                    m.file(),
                    m.has(VERSION) ? VERSION + " " + version : "a resampler without " + VERSION,
                    "3 (MiniCPM-V 2.6), 4 (MiniCPM-o 2.6), 5 (MiniCPM-V 4), 6 (MiniCPM-V 4.5), 100045 (MiniCPM-o 4.5)");
        }
    }

    /// The first converters wrote one block fewer than they stored and the authors run.
    private static VisionKeys blocks(Metadata m, Weights w, Consumer<String> notes) {
        VisionKeys keys = VisionKeys.read(m);
        int stored = w.blocks("v.blk.");
        if (stored <= keys.blocks()) {
            return keys;
        }
        notes.accept(m.file() + ": all " + stored + " blocks of the tower are run, as by the model's authors; key"
                + " clip.vision.block_count says " + keys.blocks());
        return keys.withBlocks(stored);
    }

    private static Resampler resampler(Metadata m, Weights w, VisionKeys keys) {
        String key = "clip.minicpmv_query_num";
        int stored = m.integer(key, 0, 0, MAX_QUERIES);
        int queries = stored == 0 ? USUAL_QUERIES : stored;
        Shape shape = w.shape("resampler.query");
        long width = shape.columns();
        if (width < 1 || width > Limits.WIDTH || width % HEAD_DIM != 0) {
            throw new ModelFormatException(
                    m.file(),
                    "tensor resampler.query",
                    "shape " + shape,
                    "shape [" + queries + ", width] with a width that is a multiple of " + HEAD_DIM,
                    "");
        }
        int dim = (int) width;
        CrossAttention attention = new CrossAttention(
                w.linear("resampler.attn.q", dim, dim),
                w.linear("resampler.attn.k", dim, dim),
                w.linear("resampler.attn.v", dim, dim),
                w.linear("resampler.attn.out", dim, dim),
                dim / HEAD_DIM);
        return Resampler.of(
                w.linear("resampler.kv", keys.dim(), dim),
                w.layerNorm("resampler.ln_kv", dim, keys.eps()),
                w.table("resampler.query", queries, dim),
                w.layerNorm("resampler.ln_q", dim, keys.eps()),
                null,
                attention,
                new SinePlaces(dim),
                w.layerNorm("resampler.ln_post", dim, keys.eps()),
                w.linear("resampler.proj", dim));
    }

    private void tellIgnored(VisionOptions options, Consumer<String> notes) {
        if (options.fit() != null) {
            notes.accept("vision: views keep about the shape of the picture; how it would become a square does not"
                    + " matter");
        }
        if (options.minTokens() > 0 || options.maxTokens() > 0) {
            notes.accept("vision: every view of a picture takes " + resampler.count() + " tokens; limits of tokens do not"
                    + " matter, a limit of tiles does");
        }
        if (options.maxTiles() > MAX_SLICES) {
            notes.accept("vision: pictures are cut into at most " + MAX_SLICES + " slices, as in training");
        }
    }

    @Override
    public int dim() {
        return resampler.out();
    }

    @Override
    public String chatTemplate() {
        return "minicpmv";
    }

    /// The marks are of special tokens.
    @Override
    public List<String> tokens() {
        List<String> marks = Stream.of(BEGIN, END, SLICE_BEGIN, SLICE_END)
                .map(PreparedPicture.Mark::text)
                .toList();
        return numbers() ? Stream.concat(marks.stream(), Stream.of(NUMBER.before(), NUMBER.after())).toList() : marks;
    }

    /// Whether pictures have their numbers in front.
    private boolean numbers() {
        return recipe.way() == Preprocess.AUTHORS;
    }

    @Override
    public PreparedPicture prepare(Image image) {
        SliceRecipe.Plan plan = recipe.plan(image.width(), image.height());
        int views = 1 + plan.slices();
        HeapLimit.check(
                "a picture in " + views + (views == 1 ? " view" : " views"),
                bytes(plan),
                "allow fewer tiles, or give the JVM more memory with -Xmx");
        return new PreparedPicture(pieces(plan, recipe.apply(image)));
    }

    /// What views take while they are encoded: pixels, the pictures that they are cut from, what goes through the tower
    /// and the resampler at once, and the places of a view.
    private long bytes(SliceRecipe.Plan plan) {
        long patch = (long) recipe.patch() * recipe.patch();
        long area = plan.whole().area() + plan.slices() * plan.slice().area();
        long largest = Math.max(plan.whole().area(), plan.slice().area());
        long together = Math.min(area, Math.max(PIXELS_AT_ONCE, largest)) / patch;
        long dim = resampler.kv().out();
        return 2 * 3 * area
                + tower.scratchBytes(together)
                + Float.BYTES * (3 * area + together * (tower.width() + 4 * dim) + largest / patch * (dim + tower.width()));
    }

    private List<PreparedPicture.Piece> pieces(SliceRecipe.Plan plan, List<Pixels> views) {
        List<PreparedPicture.Piece> pieces = new ArrayList<>();
        if (numbers()) {
            pieces.add(NUMBER);
        }
        pieces.addAll(List.of(BEGIN, block(views.getFirst()), END));
        for (int slice = 0; slice < plan.slices(); slice++) {
            if (slice > 0 && slice % plan.columns() == 0) {
                pieces.add(LINE_END);
            }
            pieces.addAll(List.of(SLICE_BEGIN, block(views.get(1 + slice)), SLICE_END));
        }
        return pieces;
    }

    private PreparedPicture.Block block(Pixels view) {
        return new PreparedPicture.Block(List.of(view), resampler.count());
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.apply(pass, views, pass.rows("v.features", 0, 0)); // [views * patches, width]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        int lines = views.getFirst().height() / recipe.patch();
        int columns = views.getFirst().width() / recipe.patch();
        return resampler.apply(pass, features, views.size(), lines, columns, out);
    }
}
