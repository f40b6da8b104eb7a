package io.peregrine.model.block;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.image.Image;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// From a picture to the rows that stand for it in a prompt: preparation, tower and projector of one family.
///
/// Immutable, and shared by all sessions of a model.
public interface ImageEncoder {

    /// Width of the rows: the decoder's.
    int dim();

    /// The built-in chat template that models of this family were trained with, for text files that have
    /// none.
    String chatTemplate();

    /// As [#chatTemplate()], for families whose template depends on the decoder that they were trained with.
    ///
    /// @param text the text model's metadata
    /// @param notes hears why, if the choice was made by what the metadata look like
    default String chatTemplate(Metadata text, Consumer<String> notes) {
        return chatTemplate();
    }

    /// What stands around a prompt.
    default PromptFrame frame() {
        return PromptFrame.USUAL;
    }

    /// The texts of all [PreparedPicture.Token]s, and of tokens that every [PreparedPicture.Mark] is made of: a vocabulary
    /// without them belongs to another model.
    default List<String> tokens() {
        return List.of();
    }

    /// What a question begins with to ask for one of the tasks that the family was trained for, by the task's
    /// name.
    default Map<String, String> tasks() {
        return Map.of();
    }

    /// How text behind a picture may name places in it, or null: not at all.
    default @Nullable PlaceNotation places(Image image) {
        return null;
    }

    /// Plans how a picture is resized and cut, as the family does: how many rows it will take is known at once, what
    /// the tower looks at is computed by [#encode].
    PreparedPicture prepare(Image image);

    /// Encodes all blocks of a picture, in one go.
    ///
    /// @return the rows of each [PreparedPicture.Block] in the order of the pieces, `[block.tokens, dim]`
    /// @throws java.util.concurrent.CancellationException as [Pass#checkCancelled] does
    List<Rows> encode(Pass pass, PreparedPicture picture);
}
