package io.peregrine.model.block;

import java.util.List;

/// How a family reads places in a picture that the text behind it names, such as `<box>10, 20, 30, 40</box>`:
/// each coordinate is a token of its own.
///
/// @param tags what may stand around coordinates
/// @param width of the picture as it was given, in pixels: the limit of what may be named
/// @param height as `width`
/// @param factor from pixels of the picture to the coordinates of tokens, which are rounded, halves to even
public record PlaceNotation(List<Tag> tags, int width, int height, double factor) {

    /// One kind of place.
    ///
    /// @param open in the text, in front of coordinates with commas between them
    /// @param close in the text, behind them
    /// @param axes `x` or `y` for each coordinate
    /// @param first the token, by its text, in front of those of the coordinates
    /// @param last the token, by its text, behind them
    public record Tag(String open, String close, String axes, String first, String last) {}
}
