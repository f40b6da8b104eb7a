package io.peregrine.model.image;

/// One way of making a picture larger or smaller.
interface Resize {

    /// @param canvas what `source` lies on: all of it is resized
    /// @param width new width, at least 1
    /// @param height new height, at least 1
    /// @return `source` itself if nothing is to be done
    Raster8 resize(Raster8 source, Canvas canvas, int width, int height);
}
