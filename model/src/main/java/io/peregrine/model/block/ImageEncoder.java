package io.peregrine.model.block;

import io.peregrine.model.image.Image;
import java.util.List;

/// From a picture to the rows that stand for it in a prompt: preparation, tower and projector of one family.
///
/// Immutable, and shared by all sessions of a model.
public interface ImageEncoder {

    /// Width of the rows: the decoder's.
    int dim();

    /// The built-in chat template that models of this family were trained with, for text files that have
    /// none.
    String chatTemplate();

    /// Resizes and cuts a picture as the family does. Says how many rows it will take before anything is
    /// encoded.
    PreparedPicture prepare(Image image);

    /// Encodes all blocks of a picture, in one go.
    ///
    /// @return the rows of each [PreparedPicture.Block] in the order of the pieces, `[block.tokens, dim]`
    /// @throws java.util.concurrent.CancellationException as [Pass#checkCancelled] does
    List<Rows> encode(Pass pass, PreparedPicture picture);
}
