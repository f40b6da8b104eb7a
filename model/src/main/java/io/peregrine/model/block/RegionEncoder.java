package io.peregrine.model.block;

import io.peregrine.model.image.Mask;
import java.util.List;

/// An encoder whose pictures may have regions that stand in the prompt by themselves.
public interface RegionEncoder extends ImageEncoder {

    /// A picture once encoded.
    ///
    /// @param embeddings what [ImageEncoder#encode] gives
    /// @param maps what regions of the picture are made of
    record Features(List<Rows> embeddings, List<FeatureMap> maps) {}

    /// Rows that stand for a region.
    int regionTokens();

    /// As [ImageEncoder#encode], and keeps what regions of the picture are made of.
    ///
    /// @throws java.util.concurrent.CancellationException as [Pass#checkCancelled] does
    Features features(Pass pass, PreparedPicture picture);

    /// Encodes a region.
    ///
    /// @param features of the picture
    /// @param mask of the picture's size as it was before it was prepared
    /// @return `[regionTokens, dim]`
    Rows encode(Pass pass, Features features, Mask mask);

    @Override
    default List<Rows> encode(Pass pass, PreparedPicture picture) {
        return features(pass, picture).embeddings();
    }
}
