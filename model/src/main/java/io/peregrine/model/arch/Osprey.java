package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.core.tensor.Shape;
import io.peregrine.kernels.Activation;
import io.peregrine.model.block.ChannelConvolution;
import io.peregrine.model.block.ConvNextBlock;
import io.peregrine.model.block.ConvNextTower;
import io.peregrine.model.block.FeatureMap;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.MapReduction;
import io.peregrine.model.block.MaskExtractor;
import io.peregrine.model.block.MaskPosition;
import io.peregrine.model.block.Mlp;
import io.peregrine.model.block.MlpProjector;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.RegionEncoder;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Trace;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Mask;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.StretchRecipe;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// The vision side of Osprey: a ConvNeXt tower, an MLP projector over the map of one of its stages, and two rows for
/// each region of the picture (`osprey`).
///
/// The GELU is exact whatever `clip.use_gelu` says. No norm follows the last block of a stage. Pictures are stretched
/// to a square, and masks with them: [StretchRecipe].
///
/// Sources: arXiv 2312.10032, 2201.03545; `CircleRadon/Osprey : osprey/model/osprey_arch.py, osprey/model/layer.py`;
/// `huggingface/pytorch-image-models : timm/models/convnext.py`.
final class Osprey implements RegionEncoder {

    private static final String DEPTHS = "clip.vision.stage.block_count";
    private static final String WIDTHS = "clip.vision.stage.embedding_length";
    private static final int MAX_STAGES = 8;
    private static final int MAX_FACTOR = 16;
    private static final int MAX_MASK_SIZE = 1 << 10;

    /// Of a map between the two layers of a block, and of a picture.
    private static final long MAX_ELEMENTS = 1 << 27;

    private static final int POSITION_LAYERS = 3;

    private final ConvNextTower tower;
    private final int tokenStage;
    private final int tokens;
    private final MlpProjector projector;
    private final MaskExtractor extractor;
    private final MaskPosition position;
    private final StretchRecipe recipe;

    private Osprey(
            StretchRecipe recipe,
            ConvNextTower tower,
            int tokenStage,
            int tokens,
            MlpProjector projector,
            MaskExtractor extractor,
            MaskPosition position) {
        this.recipe = recipe;
        this.tower = tower;
        this.tokenStage = tokenStage;
        this.tokens = tokens;
        this.projector = projector;
        this.extractor = extractor;
        this.position = position;
    }

    static Osprey bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        VisionKeys keys = VisionKeys.read(m);
        checkOptions(m, options);
        int[] depths = stages(m, DEPTHS, Limits.LAYERS);
        int[] widths = stages(m, WIDTHS, Limits.WIDTH);
        int tokenStage = m.integer("clip.vision.token_stage", 0, depths.length - 1);
        check(m, DEPTHS, depths, depths.length == widths.length, "as many as " + WIDTHS + ", which has " + widths.length);
        check(
                m,
                DEPTHS,
                depths,
                Arrays.stream(depths).sum() == keys.blocks(),
                "a sum of clip.vision.block_count, which is " + keys.blocks());
        check(
                m,
                WIDTHS,
                widths,
                widths[tokenStage] == keys.dim(),
                "clip.vision.embedding_length, which is " + keys.dim() + ", for stage " + tokenStage);
        ConvNextTower tower = tower(w, keys, depths, widths);
        MlpProjector projector = MlpProjector.bind(w, keys.dim());
        List<Linear> levels = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            String name = "mm.region.level." + i;
            levels.add(i == 0 ? w.linear(name, widths[i]) : w.linear(name, widths[i], levels.getFirst().out()));
        }
        Linear feat = w.linear("mm.region.feat", levels.getFirst().out(), projector.out());
        int maskSize = m.integer("clip.vision.region.mask_size", 1, MAX_MASK_SIZE);
        return new Osprey(
                new StretchRecipe(
                        keys.imageSize(), Resampling.BICUBIC, new Normalisation(keys.mean(), keys.std())),
                tower,
                tokenStage,
                tokens(m, keys, tower, tokenStage),
                projector,
                new MaskExtractor(levels, feat),
                new MaskPosition(maskSize, position(w, maskSize * maskSize, projector.out())));
    }

    /// @throws UnsupportedModelException if the caller wants pictures cut or padded, which masks would not follow, or
    ///     another stage
    private static void checkOptions(Metadata m, VisionOptions options) {
        if (options.fit() != null) {
            throw new UnsupportedModelException(
                    m.file(), "another fit of pictures (" + options.fit() + ")", "stretching, as regions are");
        }
        if (options.featureLayer() >= 0) {
            throw new UnsupportedModelException(
                    m.file(), "another feature layer (" + options.featureLayer() + ")", "clip.vision.token_stage");
        }
    }

    private static int[] stages(Metadata m, String key, int most) {
        int[] values = m.ints(key);
        String expected = "1 to " + MAX_STAGES + " numbers from 1 to " + most;
        if (values == null) {
            throw new ModelFormatException(m.file(), "key " + key, "nothing", expected, "");
        }
        if (values.length < 1 || values.length > MAX_STAGES) {
            throw new ModelFormatException(m.file(), "key " + key, values.length + " numbers", expected, "");
        }
        check(m, key, values, Arrays.stream(values).allMatch(value -> value >= 1 && value <= most), expected);
        return values;
    }

    private static void check(Metadata m, String key, int[] found, boolean right, String expected) {
        if (!right) {
            throw new ModelFormatException(m.file(), "key " + key, Arrays.toString(found), expected, "");
        }
    }

    private static ConvNextTower tower(Weights w, VisionKeys keys, int[] depths, int[] widths) {
        List<ConvNextTower.Stage> stages = new ArrayList<>();
        for (int s = 0; s < depths.length; s++) {
            String name = "v.stage." + s + ".";
            List<ConvNextBlock> blocks = new ArrayList<>();
            for (int b = 0; b < depths[s]; b++) {
                blocks.add(block(w, name + "blk." + b + ".", widths[s], keys.eps()));
            }
            MapReduction reduction = s == 0 ? null : reduction(w, name + "down.", widths[s - 1], widths[s], keys.eps());
            stages.add(new ConvNextTower.Stage(reduction, blocks));
        }
        Linear stem = new Linear(
                w.patchKernel("v.patch_embd.weight", widths[0], 3, keys.patch(), keys.patch()),
                w.vectorOrNull("v.patch_embd.bias", widths[0]));
        return new ConvNextTower(keys.patch(), stem, w.layerNorm("v.patch_ln", widths[0], keys.eps()), stages);
    }

    private static ConvNextBlock block(Weights w, String name, int width, float eps) {
        Linear widen = w.linear(name + "pw1", width);
        return new ConvNextBlock(
                ChannelConvolution.bind(w, name + "dw", width),
                w.layerNorm(name + "ln", width, eps),
                new Mlp(null, widen, w.linear(name + "pw2", widen.out(), width), Activation.GELU_ERF),
                w.vector(name + "ls.weight", width));
    }

    /// The side of the windows is the kernel's.
    private static MapReduction reduction(Weights w, String name, int in, int out, float eps) {
        Shape shape = w.shape(name + "conv.weight");
        int factor = Math.clamp(shape.columns(), 1, MAX_FACTOR);
        Linear kernel = new Linear(
                w.patchKernel(name + "conv.weight", out, in, factor, factor), w.vectorOrNull(name + "conv.bias", out));
        return new MapReduction(w.layerNorm(name + "ln", in, eps), factor, kernel);
    }

    private static List<Linear> position(Weights w, int in, int out) {
        List<Linear> layers = new ArrayList<>();
        int width = in;
        for (int i = 0; i < POSITION_LAYERS; i++) {
            String name = "mm.region.pos." + i;
            Linear layer = i < POSITION_LAYERS - 1 ? w.linear(name, width) : w.linear(name, width, out);
            layers.add(layer);
            width = layer.out();
        }
        return layers;
    }

    /// Places of the map that becomes tokens.
    ///
    /// @throws ModelFormatException if a picture is not a whole number of places at every stage, or a map is too large
    private static int tokens(Metadata m, VisionKeys keys, ConvNextTower tower, int tokenStage) {
        int stride = keys.patch();
        int tokenStride = stride;
        for (int s = 0; s < tower.stages().size(); s++) {
            ConvNextTower.Stage stage = tower.stages().get(s);
            MapReduction reduction = stage.reduction();
            stride *= reduction == null ? 1 : reduction.factor();
            if (keys.imageSize() % stride != 0) {
                throw new ModelFormatException(
                        m.file(),
                        "key clip.vision.image_size",
                        Integer.toString(keys.imageSize()),
                        "a multiple of " + stride + ", the pixels on a side of a place of stage " + s,
                        "");
            }
            long side = keys.imageSize() / stride;
            long widest = stage.blocks().stream()
                    .mapToLong(block -> block.mlp().up().out())
                    .reduce(3L * stride * stride, Math::max);
            if (side * side * widest > MAX_ELEMENTS) {
                throw new ModelFormatException(
                        m.file(),
                        "key clip.vision.image_size",
                        Integer.toString(keys.imageSize()),
                        "at most " + MAX_ELEMENTS + " numbers in a map, stage " + s + " needs " + side * side * widest,
                        "");
            }
            tokenStride = s == tokenStage ? stride : tokenStride;
        }
        int side = keys.imageSize() / tokenStride;
        return side * side;
    }

    @Override
    public int dim() {
        return projector.out();
    }

    @Override
    public String chatTemplate() {
        return "osprey";
    }

    @Override
    public int regionTokens() {
        return 2;
    }

    @Override
    public PreparedPicture prepare(Image image) {
        return new PreparedPicture(List.of(new PreparedPicture.Block(List.of(recipe.apply(image)), tokens)));
    }

    @Override
    public Features features(Pass pass, PreparedPicture picture) {
        List<FeatureMap> maps = tower.apply(pass, picture.blocks().getFirst().views().getFirst());
        for (int s = 0; s < maps.size(); s++) {
            pass.trace().rows("v.res" + (s + 2), Trace.NO_LAYER, maps.get(s).rows());
        }
        Rows features = maps.get(tokenStage).rows(); // [tokens, width]
        pass.trace().rows(Trace.FEATURES, 0, features);
        Rows rows = projector.apply(pass, features, new Rows()); // [tokens, dim]
        pass.trace().rows("v.embedding", 0, rows);
        return new Features(List.of(rows), maps);
    }

    @Override
    public Rows encode(Pass pass, Features features, Mask mask) {
        Rows content = extractor.apply(pass, features.maps(), mask, pass.rows("region.content", 1, dim()));
        Rows place = position.apply(pass, mask, pass.rows("region.place", 1, dim()));
        Rows rows = new Rows().shape(regionTokens(), dim());
        System.arraycopy(content.data(), 0, rows.data(), rows.offset(0), dim());
        System.arraycopy(place.data(), 0, rows.data(), rows.offset(1), dim());
        return rows;
    }
}
