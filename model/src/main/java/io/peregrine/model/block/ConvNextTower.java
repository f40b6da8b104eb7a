package io.peregrine.model.block;

import io.peregrine.kernels.Patches;
import io.peregrine.model.image.Pixels;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A ConvNeXt (arXiv 2201.03545): a view in, the map behind each stage out.
///
/// @param patch side of the patches that become the places of the first map, in pixels
/// @param stem `[channels, 3 * patch * patch]`, the convolution's weight: channel, row, column
/// @param stemNorm of the places of the first map
public record ConvNextTower(int patch, Linear stem, RowNorm stemNorm, List<Stage> stages) {

    /// Blocks of one scale.
    ///
    /// @param reduction from the stage before; null in the first
    public record Stage(@Nullable MapReduction reduction, List<ConvNextBlock> blocks) {}

    /// @return one map per stage, in memory of its own
    public List<FeatureMap> apply(Pass pass, Pixels view) {
        List<FeatureMap> maps = new ArrayList<>();
        int total = stages.stream().mapToInt(stage -> stage.blocks.size()).sum();
        int layer = 0;
        FeatureMap x = enter(pass, view);
        for (Stage stage : stages) {
            x = stage.reduction == null ? x : stage.reduction.apply(pass, x);
            for (ConvNextBlock block : stage.blocks) {
                pass.step(layer, total);
                block.apply(pass, x, layer++);
            }
            maps.add(x);
        }
        pass.step(total, total);
        return maps;
    }

    private FeatureMap enter(Pass pass, Pixels view) {
        int height = view.height() / patch;
        int width = view.width() / patch;
        Rows patches = pass.rows("patches", height * width, stem.in()); // [places, 3 * patch * patch]
        Patches.unfold(view.values(), view.height(), view.width(), patch, true, patches.data(), 0);
        Rows rows = stem.apply(pass, patches, new Rows()); // [places, channels]
        pass.trace().rows("v.embd", Trace.NO_LAYER, rows);
        return new FeatureMap(height, width, stemNorm.apply(pass, rows, rows));
    }
}
