package io.peregrine.model.block;

import java.util.List;

/// From a picture to the rows that stand for it in a prompt: preparation, tower and projector of one family.
///
/// Immutable, and shared by all sessions of a model.
public interface ImageEncoder {

    /// Width of the rows: the decoder's.
    int dim();

    /// Encodes all blocks of a picture, in one go.
    ///
    /// @return the rows of each [PreparedPicture.Block] in the order of the pieces, `[block.tokens, dim]`
    /// @throws java.util.concurrent.CancellationException as [Pass#checkCancelled] does
    List<Rows> encode(Pass pass, PreparedPicture picture);
}
