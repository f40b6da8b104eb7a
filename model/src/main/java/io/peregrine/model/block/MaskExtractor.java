package io.peregrine.model.block;

import io.peregrine.kernels.BilinearResize;
import io.peregrine.kernels.Elementwise;
import io.peregrine.model.image.Mask;
import java.util.Arrays;
import java.util.List;

/// From the maps of a picture and a mask to the row that says what is in the region: at each scale the mean of the
/// places that the mask touches, through a layer of the scale's own; their sum through another.
///
/// A mask that is so small that it touches no place of a map counts there as a mean of zeros.
///
/// Source: arXiv 2312.10032; `CircleRadon/Osprey : osprey/model/layer.py`.
///
/// @param levels one per map, `[inner, channels]`
/// @param feat `[dim, inner]`
public record MaskExtractor(List<Linear> levels, Linear feat) {

    /// @param mask of the whole picture, in its own size
    /// @param y gets the shape `[1, dim]`
    public Rows apply(Pass pass, List<FeatureMap> maps, Mask mask, Rows y) {
        float[] pixels = mask.toFloats();
        Rows sum = pass.rows("region.sum", 1, feat.in());
        Arrays.fill(sum.data(), 0, sum.elements(), 0);
        for (int i = 0; i < levels.size(); i++) {
            FeatureMap map = maps.get(i);
            Rows weights = pass.rows("region.mask", map.height(), map.width());
            BilinearResize.apply(
                    pass.compute(),
                    pixels,
                    0,
                    mask.height(),
                    mask.width(),
                    1,
                    weights.data(),
                    0,
                    map.height(),
                    map.width());
            Rows mean = mean(pass, map, weights);
            sum.add(pass, levels.get(i).apply(pass, mean, pass.rows("region.level", 1, feat.in())));
        }
        return feat.apply(pass, sum, y);
    }

    /// The mean of the places with a weight above 0, whatever it is: `[1, channels]`. Lines are added up by themselves
    /// first, which keeps large sums accurate.
    private static Rows mean(Pass pass, FeatureMap map, Rows weights) {
        int channels = map.rows().width();
        Rows sum = pass.rows("region.mean", 1, channels);
        Rows line = pass.rows("region.line", 1, channels);
        Arrays.fill(sum.data(), 0, channels, 0);
        int count = 0;
        for (int y = 0; y < map.height(); y++) {
            Arrays.fill(line.data(), 0, channels, 0);
            int before = count;
            for (int place = weights.offset(y); place < weights.offset(y + 1); place++) {
                if (weights.data()[place] > 0) {
                    float[] features = map.rows().data();
                    Elementwise.add(pass.compute(), line.data(), 0, features, map.rows().offset(place), channels);
                    count++;
                }
            }
            if (count > before) {
                sum.add(pass, line);
            }
        }
        for (int c = 0; c < channels; c++) {
            sum.data()[c] /= Math.max(1, count);
        }
        return sum;
    }
}
