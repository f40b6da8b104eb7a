package io.peregrine.model.block;

import io.peregrine.kernels.Elementwise;
import io.peregrine.kernels.Patches;
import io.peregrine.model.image.Pixels;
import org.jspecify.annotations.Nullable;

/// The entry of a vision transformer (arXiv 2010.11929): square patches, a class token in front if the tower
/// has one, and a learned vector per place.
///
/// @param patch side of a patch in pixels
/// @param kernel `[dim, 3 * patch * patch]`, the convolution's weight: channel, row, column
/// @param classToken `[dim]`, or null
/// @param positions `[tokens, dim]`, in the order of the tokens: the class token's row first
public record PatchEmbedding(int patch, Linear kernel, float @Nullable [] classToken, float[] positions) {

    /// Tokens in front of the patches: 1 or 0.
    public int classTokens() {
        return classToken == null ? 0 : 1;
    }

    /// Rows of a view.
    public int tokens() {
        return positions.length / kernel.out();
    }

    /// @param view a picture of as many patches as there are places
    /// @param x `[views * tokens, dim]`
    /// @param firstRow where the view's rows begin in `x`
    public void apply(Pass pass, Pixels view, Rows x, int firstRow) {
        int patches = tokens() - classTokens();
        Rows cut = pass.rows("patches", patches, kernel.in()); // [patches, 3 * patch * patch]
        Patches.unfold(view.values(), view.height(), view.width(), patch, true, cut.data(), 0);
        Rows embedded = kernel.apply(pass, cut, pass.rows("patch_embd", patches, kernel.out())); // [patches, dim]
        int at = x.offset(firstRow);
        if (classToken != null) {
            System.arraycopy(classToken, 0, x.data(), at, classToken.length);
        }
        System.arraycopy(embedded.data(), 0, x.data(), at + classTokens() * kernel.out(), embedded.elements());
        Elementwise.add(pass.compute(), x.data(), at, positions, 0, positions.length);
    }
}
