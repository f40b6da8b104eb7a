package io.peregrine.model.arch;

import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PixelShuffle;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.SplitRecipe;
import io.peregrine.model.image.SquareRecipe;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The vision side of Idefics3, SmolVLM, SmolVLM2 and Granite-Docling (`idefics3`): a SigLIP tower, pixel shuffle, one
/// linear layer, for each tile of a picture and for the whole.
///
/// The plain tower: no class token, a norm behind the last block. Every `clip.vision.projector.scale_factor` by as many
/// patches become one row. In the prompt each tile stands behind a text that names its row and column, and the
/// whole comes last.
///
/// Sources: arXiv 2408.12637, 2504.05299; `huggingface/transformers : models/idefics3/modeling_idefics3.py,
/// processing_idefics3.py`; names as in `ggml-org/llama.cpp : conversion/smolvlm.py, tools/mtmd/clip-impl.h`.
final class Idefics3 implements TowerEncoder {

    private static final String EDGE = "clip.vision.preproc_image_size";

    /// Of a picture. Files that exist have at most 16 or 25.
    private static final int MAX_TILES = 1024;

    /// Of a picture, in pixels.
    private static final int MAX_EDGE = 1 << 16;

    /// Tiles on a side of a picture, in files that do not say how large it becomes: as all published models.
    private static final int USUAL_TILES = 4;

    private static final String AROUND = "<fake_token_around_image>";
    private static final String WHOLE = "<global-img>";
    private static final String GRANITE_ROLE = "<|start_of_role|>";

    private final VitTower tower;
    private final PixelShuffle shuffle;
    private final Linear projector;
    private final SplitRecipe split;

    /// Null: pictures are cut into tiles.
    private final @Nullable SquareRecipe square;

    /// Patches on a side of a view.
    private final int side;

    private Idefics3(Metadata m, Weights w, VisionKeys keys, VisionOptions options, Consumer<String> notes) {
        FeatureLayers features = FeatureLayers.whole(m, keys, options.featureLayer());
        tower = new VitTower(
                VitLayers.embedding(w, keys),
                null,
                VitLayers.blocks(w, keys, features.deepest()),
                features.depths(),
                w.layerNorm("v.post_ln", keys.dim(), keys.eps()));
        side = keys.grid();
        shuffle = new PixelShuffle(keys.merged(m));
        projector = w.linear("mm.model.fc", shuffle.width(keys.dim()));
        Normalisation normalisation = new Normalisation(keys.mean(), keys.std());
        square = options.fit() == null
                ? null
                : new SquareRecipe(keys.imageSize(), options.fit(), Resampling.LANCZOS, normalisation);
        split = new SplitRecipe(
                keys.imageSize(), edge(m, keys, options, notes), maxTiles(options), options.preprocess(), normalisation);
        if (square != null && options.maxTiles() > 0) {
            notes.accept("vision: a picture is one view; how many tiles are allowed does not matter");
        }
        if (options.minTokens() > 0) {
            notes.accept("vision: every view of a picture takes " + viewTokens() + " tokens; the fewest that are asked for do"
                    + " not matter");
        }
    }

    static Idefics3 bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        return new Idefics3(m, w, VisionKeys.read(m), options, notes);
    }

    /// The longest side that a picture is brought to. Files of before October 2025 do not say, and llama.cpp then keeps
    /// the picture's own size.
    private static int edge(Metadata m, VisionKeys keys, VisionOptions options, Consumer<String> notes) {
        if (m.has(EDGE)) {
            return m.integer(EDGE, 1, Math.min(MAX_EDGE, (int) Math.sqrt(MAX_TILES) * keys.imageSize()));
        }
        boolean authors = options.preprocess() == Preprocess.AUTHORS;
        int edge = authors ? USUAL_TILES * keys.imageSize() : 0;
        notes.accept(m.file() + ": no " + EDGE + "; pictures "
                + (authors
                        ? "are brought to " + edge + " pixels, " + USUAL_TILES + " tiles, as in every published model"
                        : "keep about their own size, as in llama.cpp"));
        return edge;
    }

    /// The limit of tokens is one for the tiles together, as in llama.cpp.
    private int maxTiles(VisionOptions options) {
        int byTokens = options.maxTokens() == 0 ? 0 : Math.max(1, options.maxTokens() / viewTokens());
        int byTiles = options.maxTiles();
        return byTokens == 0 || byTiles == 0 ? byTokens + byTiles : Math.min(byTokens, byTiles);
    }

    /// Rows of a view.
    private int viewTokens() {
        return side / shuffle.factor() * (side / shuffle.factor());
    }

    @Override
    public int dim() {
        return projector.out();
    }

    /// The marks are of special tokens; which of them besides this one depends on the vocabulary.
    @Override
    public List<String> tokens() {
        return List.of(AROUND);
    }

    @Override
    public String chatTemplate() {
        return "smolvlm";
    }

    /// Granite-Docling talks as Granite does.
    @Override
    public String chatTemplate(Metadata text, Consumer<String> notes) {
        String[] tokens = text.strings("tokenizer.ggml.tokens");
        if (tokens == null || !List.of(tokens).contains(GRANITE_ROLE)) {
            return chatTemplate();
        }
        notes.accept("prompt format 'granite-docling': the vocabulary has " + GRANITE_ROLE
                + " (another one can be asked for)");
        return "granite-docling";
    }

    @Override
    public PreparedPicture prepare(Image image) {
        SplitRecipe.Grid grid =
                square == null ? split.grid(image.width(), image.height()) : new SplitRecipe.Grid(0, 0);
        if (grid.tiles() > MAX_TILES) {
            throw new ResourceLimitException(
                    "tiles of a picture", Integer.toString(grid.tiles()), Integer.toString(MAX_TILES), "allow fewer tiles");
        }
        int views = grid.tiles() + 1;
        HeapLimit.check(
                "a picture in " + views + (views == 1 ? " view" : " views"),
                bytes(views),
                "allow fewer tiles, or give the JVM more memory with -Xmx");
        List<Pixels> pixels = square == null ? split.apply(image) : List.of(square.apply(image));
        return new PreparedPicture(pieces(grid, pixels));
    }

    /// What views take while they are encoded: pixels, the picture that they are cut from, what goes through the
    /// tower at once, and what comes out.
    private long bytes(int views) {
        long area = (long) split.side() * split.side();
        long samples = 3 * views * area;
        long together = Math.min(views, Math.max(1, PIXELS_AT_ONCE / area));
        long patches = together * side * side;
        return tower.scratchBytes(patches)
                + 2 * samples
                + Float.BYTES * (samples + patches * tower.width() + (long) views * viewTokens() * projector.out());
    }

    private List<PreparedPicture.Piece> pieces(SplitRecipe.Grid grid, List<Pixels> views) {
        List<PreparedPicture.Piece> pieces = new ArrayList<>();
        for (int line = 0; line < grid.lines(); line++) {
            for (int column = 0; column < grid.columns(); column++) {
                String newline = line > 0 && column == 0 ? "\n" : "";
                String place = "<row_" + (line + 1) + "_col_" + (column + 1) + ">";
                pieces.add(new PreparedPicture.Mark(newline + AROUND + place));
                pieces.add(block(views.get(line * grid.columns() + column)));
            }
        }
        pieces.add(new PreparedPicture.Mark((grid.tiles() > 0 ? "\n\n" : "") + AROUND + WHOLE));
        pieces.add(block(views.getLast()));
        pieces.add(new PreparedPicture.Mark(AROUND));
        return pieces;
    }

    private PreparedPicture.Block block(Pixels view) {
        return new PreparedPicture.Block(List.of(view), viewTokens());
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.apply(pass, views, pass.rows("v.features", 0, 0)); // [views * patches, width]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        Rows shuffled = shuffle.apply(features, side, side, pass.rows("v.shuffled", 0, 0)); // [tokens, scale² * width]
        return projector.apply(pass, shuffled, out);
    }
}
