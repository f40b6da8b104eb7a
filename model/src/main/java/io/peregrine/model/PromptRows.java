package io.peregrine.model;

import io.peregrine.model.block.PreparedPicture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A prompt as the decoder takes it: one row per token or image embedding, in order.
final class PromptRows {

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
    private int[] codes = new int[64];
    private int rows;
    private int imageRows;

    void addTokens(int[] ids) {
        if (ids.length == 0) {
            return;
        }
        for (int id : ids) {
            add(id);
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
        for (int i = 0; i < block.rows; i++) {
            add(block.source.code(block.number));
        }
        imageRows += block.rows;
        parts.add(block);
    }

    void addArea(Area area) {
        for (int i = 0; i < area.rows; i++) {
            add(area.source.code());
        }
        imageRows += area.rows;
        parts.add(area);
    }

    private void add(int code) {
        if (rows == codes.length) {
            codes = Arrays.copyOf(codes, rows * 2);
        }
        codes[rows++] = code;
    }

    List<Part> parts() {
        return parts;
    }

    int rows() {
        return rows;
    }

    /// How many of them were made from pictures.
    int imageRows() {
        return imageRows;
    }

    /// What a row is: its token, or a negative number that belongs to the block or region of one picture
    /// within a session.
    int code(int row) {
        return codes[row];
    }
}
