package io.peregrine.model.block;

import io.peregrine.model.image.Pixels;
import java.util.List;

/// What stands in the prompt for one picture, in order.
public record PreparedPicture(List<Piece> pieces) {

    /// A part of what stands for a picture.
    public sealed interface Piece {}

    /// Text of the family's own, such as the token that begins an image; special tokens are recognised in it.
    public record Mark(String text) implements Piece {}

    /// Rows that the tower makes.
    ///
    /// @param views what the tower looks at for them
    /// @param tokens number of rows
    public record Block(List<Pixels> views, int tokens) implements Piece {}

    /// The blocks among the pieces.
    public List<Block> blocks() {
        return pieces.stream()
                .filter(Block.class::isInstance)
                .map(Block.class::cast)
                .toList();
    }
}
