package io.peregrine.model;

import io.peregrine.model.block.PreparedPicture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A prompt as the decoder takes it: one row per token or image embedding, in order.
final class PromptRows {

    /// Axes of places in a picture; axis 0 is time.
    private static final int LINE = 1;

    private static final int COLUMN = 2;

    /// Consecutive rows of one kind.
    sealed interface Part {
        int rows();
    }

    /// Rows of tokens.
    record Tokens(int[] ids) implements Part {
        @Override
        public int rows() {
            return ids.length;
        }
    }

    /// Rows of an image: a block's, or a line of them.
    ///
    /// @param picture which picture of the prompt, from 0
    /// @param source where the embedding comes from
    /// @param number which block of the source
    /// @param offset the first row of the block
    record Block(int picture, PictureShelf.Entry source, int number, int offset, int rows) implements Part {
        PreparedPicture.Block prepared() {
            return source.prepared().blocks().get(number);
        }
    }

    /// Rows of a region.
    ///
    /// @param number which region of the prompt, from 0
    /// @param source where the embedding comes from
    record Area(int number, PictureShelf.Area source, int rows) implements Part {}

    private final List<Part> parts = new ArrayList<>();
    private final List<PictureShelf.Entry> pictures = new ArrayList<>();
    private int[] codes = new int[64];

    /// One array for each axis.
    private final int[][] positions;

    private int rows;
    private int imageRows;
    private int nextPosition;

    /// @param axes positions of a row, as [io.peregrine.model.block.Decoder#axes]
    PromptRows(int axes) {
        positions = new int[axes][codes.length];
    }

    void addTokens(int[] ids) {
        if (ids.length == 0) {
            return;
        }
        for (int id : ids) {
            add(id, nextPosition++);
        }
        if (!parts.isEmpty() && parts.getLast() instanceof Tokens last) {
            int[] joined = Arrays.copyOf(last.ids, last.ids.length + ids.length);
            System.arraycopy(ids, 0, joined, last.ids.length, ids.length);
            parts.set(parts.size() - 1, new Tokens(joined));
        } else {
            parts.add(new Tokens(ids.clone()));
        }
    }

    void addBlock(Block block) {
        int columns = positions.length == 1 ? 0 : block.prepared().columns();
        for (int i = 0; i < block.rows; i++) {
            add(block.source.code(block.number), nextPosition + (columns == 0 ? i : 0));
            if (columns != 0) {
                positions[LINE][rows - 1] += i / columns;
                positions[COLUMN][rows - 1] += i % columns;
            }
        }
        nextPosition += columns == 0 ? block.rows : Math.max(columns, block.rows / columns);
        imageRows += block.rows;
        parts.add(block);
    }

    void addArea(Area area) {
        for (int i = 0; i < area.rows; i++) {
            add(area.source.code(), nextPosition++);
        }
        imageRows += area.rows;
        parts.add(area);
    }

    private void add(int code, int position) {
        if (rows == codes.length) {
            codes = Arrays.copyOf(codes, rows * 2);
            for (int axis = 0; axis < positions.length; axis++) {
                positions[axis] = Arrays.copyOf(positions[axis], rows * 2);
            }
        }
        for (int[] axis : positions) {
            axis[rows] = position;
        }
        codes[rows++] = code;
    }

    /// Notes a picture that was taken from a shelf.
    void take(PictureShelf.Entry picture) {
        pictures.add(picture);
    }

    /// What was taken from the shelf, one for each picture of the prompt.
    List<PictureShelf.Entry> pictures() {
        return pictures;
    }

    List<Part> parts() {
        return parts;
    }

    int rows() {
        return rows;
    }

    /// The part that a row and the row before it both belong to, or null: nothing ends in front of it.
    @Nullable
    Part partAt(int row) {
        int start = 0;
        for (Part part : parts) {
            if (row > start && row < start + part.rows()) {
                return part;
            }
            start += part.rows();
        }
        return null;
    }

    /// The first row of a part.
    int start(Part wanted) {
        int start = 0;
        for (Part part : parts) {
            if (part == wanted) {
                return start;
            }
            start += part.rows();
        }
        throw new IllegalArgumentException("a part of another prompt");
    }

    /// How many of them were made from pictures.
    int imageRows() {
        return imageRows;
    }

    /// What a row is: its token, or a negative number that belongs to the block or region of one picture
    /// within a shelf.
    int code(int row) {
        return codes[row];
    }

    /// How many rows it begins with that another prompt begins with too.
    int common(PromptRows other) {
        int differs = Arrays.mismatch(codes, 0, rows, other.codes, 0, other.rows);
        return differs < 0 ? rows : differs;
    }

    int axes() {
        return positions.length;
    }

    /// Where a row stands on one axis. Text goes on everywhere; rows of a picture may all have the same time and the
    /// line and column of their place in the picture, counted from there, and text behind them goes on where the
    /// longer side ends.
    ///
    /// Source: arXiv 2409.12191 section 2.1 (M-RoPE).
    int position(int axis, int row) {
        return positions[axis][row];
    }

    /// The position of what follows.
    int nextPosition() {
        return nextPosition;
    }
}
