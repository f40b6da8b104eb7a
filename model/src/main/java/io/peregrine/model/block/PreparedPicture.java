package io.peregrine.model.block;

import io.peregrine.model.image.Pixels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What stands in the prompt for one picture, in order.
public record PreparedPicture(List<Piece> pieces) {

    /// A part of what stands for a picture.
    public sealed interface Piece {}

    /// Tokens that need no tower.
    public sealed interface Words extends Piece {}

    /// Text of the family's own, such as the token that begins an image; special tokens are recognised in it.
    public record Mark(String text) implements Words {}

    /// The token that the vocabulary spells so, of whatever kind it is. The family names it in
    /// [ImageEncoder#tokens].
    public record Token(String text) implements Words {}

    /// As [Mark], with the picture's number in the prompt, from 0, between two texts.
    public record NumberedMark(String before, String after) implements Words {}

    /// Rows that the tower makes.
    ///
    /// @param views what the tower looks at for them
    /// @param tokens number of rows
    /// @param lineTokens rows of a line, a divisor of `tokens`: each line is followed by `lineEnd`
    /// @param lineEnd null: all rows follow each other
    /// @param grid how the rows come from the views, if those are tiles
    /// @param columns rows of a line of the picture, a divisor of `tokens`, for decoders that know where in a picture
    ///     a row belongs ([Decoder#axes]); 0: the rows follow each other like text
    public record Block(
            List<Pixels> views,
            int tokens,
            int lineTokens,
            @Nullable Words lineEnd,
            @Nullable TileGrid grid,
            int columns)
            implements Piece {

        public Block {
            if (tokens < 1 || lineTokens < 1 || tokens % lineTokens != 0) {
                throw new IllegalArgumentException(tokens + " rows in lines of " + lineTokens);
            }
            if (columns < 0 || columns > 0 && (tokens % columns != 0 || lineTokens != tokens)) {
                throw new IllegalArgumentException(tokens + " rows in " + columns + " columns");
            }
        }

        /// A block whose rows follow each other.
        public Block(List<Pixels> views, int tokens) {
            this(views, tokens, tokens, null, null, 0);
        }

        /// A block of lines.
        public Block(List<Pixels> views, int tokens, int lineTokens, Words lineEnd) {
            this(views, tokens, lineTokens, lineEnd, null, 0);
        }

        /// A block of tiles.
        public Block(List<Pixels> views, TileGrid grid) {
            this(views, grid.tokens(), grid.tokens(), null, grid, 0);
        }

        /// A block whose rows have places in the picture.
        public static Block placed(Pixels view, int lines, int columns) {
            int tokens = Math.multiplyExact(lines, columns);
            return new Block(List.of(view), tokens, tokens, null, null, columns);
        }
    }

    /// The blocks among the pieces.
    public List<Block> blocks() {
        return pieces.stream()
                .filter(Block.class::isInstance)
                .map(Block.class::cast)
                .toList();
    }
}
