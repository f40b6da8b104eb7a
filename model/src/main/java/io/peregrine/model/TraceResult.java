package io.peregrine.model;

import io.peregrine.model.image.Pixels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a model computed for a prompt, step by step, to be compared with what another engine computes.
///
/// @param layout the prompt in order: runs of tokens, and rows of image embeddings and regions
/// @param promptRows rows of the prompt
/// @param position of the first generated token
/// @param generated the best token of each step; the last one may end the answer
/// @param text of the generated tokens: control tokens by their names, no space stripped
/// @param logits `[steps, vocab]`; those of step 0 follow the prompt
public record TraceResult(
        List<Part> layout, int promptRows, int position, List<Integer> generated, String text, Table logits) {

    /// A part of the layout.
    public sealed interface Part {}

    /// A run of tokens.
    public record Tokens(List<Integer> ids) implements Part {}

    /// Rows of a block of image embeddings: all of them, or a line that other tokens follow.
    ///
    /// @param offset the first row of the block
    /// @param columns rows of a line for decoders that know where in a picture a row belongs; else all rows
    /// @param lastPosition of the last row: time, line and column, the same where the decoder has but one
    /// @param positions by how many the position of what follows is further
    public record ImageRows(
            ImageBlock block, int offset, int rows, int columns, List<Integer> lastPosition, int positions)
            implements Part {}

    /// Rows of a region.
    ///
    /// @param region which region of the prompt, from 0
    /// @param embedding the rows that entered the decoder
    public record RegionRows(int region, Table embedding) implements Part {}

    /// A block of image embeddings, which come from one picture, encoded together.
    ///
    /// @param picture which picture of the prompt, from 0
    /// @param views what the tower saw for this block
    /// @param towers what the projector saw of each view; empty where there is no tower
    /// @param embedding the rows that entered the decoder
    public record ImageBlock(int picture, List<Pixels> views, List<Table> towers, Table embedding) {}

    /// Floats `[rows, width]`.
    public record Table(int rows, int width, float[] values) {}

    /// The image blocks of the layout, in order, each once.
    public List<ImageBlock> imageBlocks() {
        List<ImageBlock> blocks = new ArrayList<>();
        for (Part part : layout) {
            if (part instanceof ImageRows rows && rows.offset == 0) {
                blocks.add(rows.block);
            }
        }
        return blocks;
    }

    /// The regions of the layout, in order.
    public List<RegionRows> regions() {
        return layout.stream()
                .filter(RegionRows.class::isInstance)
                .map(RegionRows.class::cast)
                .toList();
    }

    /// Writes `trace.json`, `logits.npy` and, for each image block K, `imageK.embedding.npy`, `imageK.viewJ.npy`,
    /// `imageK.tower.npy` for its first view and `imageK.towerJ.npy` for the others, and for each region R
    /// `regionR.embedding.npy`; replaces files of these names.
    ///
    /// @param folder made if it is not there
    public void write(Path folder) throws IOException {
        TraceFiles.write(this, folder);
    }
}
