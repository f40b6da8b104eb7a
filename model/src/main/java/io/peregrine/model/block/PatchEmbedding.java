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
/// @param secondKernel of the same shape, for towers that look at pairs of pictures: a single one is both; or null
/// @param classToken `[dim]`, what its place adds included; or null
/// @param places what the places of patches add, or null: nothing
public record PatchEmbedding(
        int patch,
        Linear kernel,
        @Nullable Linear secondKernel,
        float @Nullable [] classToken,
        @Nullable PatchPlaces places) {

    /// For towers that look at single pictures.
    public PatchEmbedding(int patch, Linear kernel, float @Nullable [] classToken, @Nullable PatchPlaces places) {
        this(patch, kernel, null, classToken, places);
    }

    /// Tokens in front of the patches: 1 or 0.
    public int classTokens() {
        return classToken == null ? 0 : 1;
    }

    /// Patches of a view.
    public int patches(Pixels view) {
        return Math.multiplyExact(view.height() / patch, view.width() / patch);
    }

    /// Rows of a view.
    public int tokens(Pixels view) {
        return classTokens() + patches(view);
    }

    /// @param view with sides that are multiples of `patch`
    /// @param x `[views * tokens, dim]`
    /// @param firstRow where the view's rows begin in `x`
    public void apply(Pass pass, Pixels view, Rows x, int firstRow) {
        int patches = patches(view);
        Rows cut = pass.rows("patches", patches, kernel.in()); // [patches, 3 * patch * patch]
        Patches.unfold(view.values(), view.height(), view.width(), patch, true, cut.data(), 0);
        Rows embedded = kernel.apply(pass, cut, pass.rows("patch_embd", patches, kernel.out())); // [patches, dim]
        if (secondKernel != null) {
            embedded.add(pass, secondKernel.apply(pass, cut, pass.rows("patch_embd.1", patches, kernel.out())));
        }
        int at = x.offset(firstRow);
        if (classToken != null) {
            System.arraycopy(classToken, 0, x.data(), at, classToken.length);
            at += classToken.length;
        }
        System.arraycopy(embedded.data(), 0, x.data(), at, embedded.elements());
        if (places != null) {
            float[] table = places.of(view.height() / patch, view.width() / patch);
            Elementwise.add(pass.compute(), x.data(), at, table, 0, embedded.elements());
        }
    }
}
