package io.peregrine.model;

import io.peregrine.model.image.Pixels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// What a model computed for a prompt, step by step, to be compared with what another engine computes.
///
/// @param layout the prompt in order: runs of tokens, and blocks of image embeddings
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

    /// A block of image embeddings.
    ///
    /// @param picture which picture of the prompt, from 0
    /// @param views what the tower saw for this block
    /// @param tower what the projector saw, of the first view
    /// @param embedding the rows that entered the decoder
    public record ImageBlock(int picture, List<Pixels> views, Table tower, Table embedding) implements Part {}

    /// Floats `[rows, width]`.
    public record Table(int rows, int width, float[] values) {}

    /// The image blocks of the layout, in order.
    public List<ImageBlock> imageBlocks() {
        return layout.stream()
                .filter(ImageBlock.class::isInstance)
                .map(ImageBlock.class::cast)
                .toList();
    }

    /// Writes `trace.json`, `logits.npy` and, for each image block K, `imageK.embedding.npy`,
    /// `imageK.tower.npy` and `imageK.viewJ.npy`; replaces files of these names.
    ///
    /// @param folder made if it is not there
    public void write(Path folder) throws IOException {
        TraceFiles.write(this, folder);
    }
}
