package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Patches;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PlaceNotation;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.PromptFrame;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Trace;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.Size;
import java.util.List;
import java.util.function.Consumer;

/// The vision side of Fuyu (`fuyu`), which has no tower: patches of the picture as it is go through one
/// linear layer, and each line of them ends with a token.
///
/// A picture is only made smaller, never larger; of patches that it covers in part the rest is padding. What
/// begins a text comes behind the pictures, and a prompt with pictures ends with the token that begins an
/// answer.
///
/// Source: `huggingface/transformers : models/fuyu/{image_processing_fuyu,processing_fuyu,modeling_fuyu}.py`;
/// the keys are ours (docs/GGUF.md).
final class Fuyu implements ImageEncoder {

    private static final PreparedPicture.Token LINE_END = new PreparedPicture.Token("|NEWLINE|");
    private static final PreparedPicture.Token ANSWER = new PreparedPicture.Token("<0x04>");

    private static final List<PlaceNotation.Tag> PLACES = List.of(
            new PlaceNotation.Tag("<box>", "</box>", "yxyx", "<0x00>", "<0x01>"),
            new PlaceNotation.Tag("<point>", "</point>", "xy", "<0x02>", "<0x03>"));

    /// Coordinates count pairs of pixels.
    private static final double PLACE_STEP = 2;

    /// @param maxWidth pixels to which a wider picture is made smaller, as `maxHeight` is for a higher one
    /// @param padding of patches that are covered in part, a sample of 0 to 255
    record Config(int dim, int patch, int maxWidth, int maxHeight, int padding, Normalisation normalisation) {

        private static final int MAX_SIDE = 1 << 14;

        /// Bounds the memory that a picture can take.
        private static final int MAX_PIXELS = 1 << 24;

        static Config read(Metadata m) {
            int maxWidth = m.integer("clip.vision.image_max_width", 1, MAX_SIDE);
            int maxHeight = m.integer("clip.vision.image_max_height", 1, MAX_SIDE);
            int patch = m.integer("clip.vision.patch_size", 1, Math.min(maxWidth, maxHeight));
            long columns = Math.ceilDiv(maxWidth, patch);
            long rows = Math.ceilDiv(maxHeight, patch);
            if (columns * rows * patch * patch > MAX_PIXELS) {
                throw new ModelFormatException(
                        m.file(),
                        "keys clip.vision.image_max_width and clip.vision.image_max_height",
                        maxWidth + " and " + maxHeight,
                        "patches of at most " + MAX_PIXELS + " pixels together",
                        "");
            }
            float padding = m.number("clip.vision.image_pad_value", 0, 255);
            if (padding != Math.rint(padding)) {
                throw new ModelFormatException(
                        m.file(),
                        "key clip.vision.image_pad_value",
                        Float.toString(padding),
                        "a whole number, a sample of a picture",
                        "");
            }
            return new Config(
                    m.integer("clip.vision.embedding_length", 1, Limits.WIDTH),
                    patch,
                    maxWidth,
                    maxHeight,
                    (int) padding,
                    VisionKeys.normalisation(m));
        }
    }

    private final Config config;

    /// `[dim, patch * patch * 3]`, inputs by row, column, channel.
    private final Linear embedding;

    private Fuyu(Config config, Linear embedding) {
        this.config = config;
        this.embedding = embedding;
    }

    static Fuyu bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        Config config = Config.read(m);
        int inputs = 3 * config.patch * config.patch;
        return new Fuyu(config, w.linear("v.patch_embd", inputs, config.dim));
    }

    @Override
    public int dim() {
        return config.dim;
    }

    @Override
    public String chatTemplate() {
        return "fuyu";
    }

    @Override
    public PromptFrame frame() {
        return new PromptFrame(true, ANSWER);
    }

    @Override
    public List<String> tokens() {
        return List.of(LINE_END.text(), ANSWER.text());
    }

    @Override
    public PreparedPicture prepare(Image image) {
        Size size = fitted(image);
        Image fitting = image.resized(size.width(), size.height(), Resampling.BILINEAR);
        int columns = Math.ceilDiv(size.width(), config.patch);
        int rows = Math.ceilDiv(size.height(), config.patch);
        int grey = config.padding * 0x010101;
        Image whole = fitting.placed(columns * config.patch, rows * config.patch, 0, 0, grey);
        return new PreparedPicture(List.of(new PreparedPicture.Block(
                List.of(config.normalisation.apply(whole)), rows * columns, columns, LINE_END)));
    }

    /// That of the picture, or smaller in proportion if a side is too long, cut down to whole pixels; at least
    /// one is left.
    private Size fitted(Image image) {
        if (image.width() <= config.maxWidth && image.height() <= config.maxHeight) {
            return new Size(image.width(), image.height());
        }
        double factor =
                Math.min((double) config.maxHeight / image.height(), (double) config.maxWidth / image.width());
        return new Size(Math.max(1, (int) (image.width() * factor)), Math.max(1, (int) (image.height() * factor)));
    }

    /// The factor is that of the heights, in single precision, as the authors' processor hands it on.
    @Override
    public PlaceNotation places(Image image) {
        float factor = (float) ((double) fitted(image).height() / image.height());
        return new PlaceNotation(PLACES, image.width(), image.height(), factor / PLACE_STEP);
    }

    @Override
    public List<Rows> encode(Pass pass, PreparedPicture picture) {
        return picture.blocks().stream().map(block -> encode(pass, block)).toList();
    }

    private Rows encode(Pass pass, PreparedPicture.Block block) {
        Pixels view = block.views().getFirst();
        Rows patches = pass.rows("patches", block.tokens(), embedding.in()); // [tokens, patch * patch * 3]
        Patches.unfold(view.values(), view.height(), view.width(), config.patch, false, patches.data(), 0);
        Rows rows = embedding.apply(pass, patches, new Rows()); // [tokens, dim]
        pass.trace().rows("v.embedding", Trace.NO_LAYER, rows);
        return rows;
    }
}
