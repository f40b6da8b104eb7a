package io.peregrine.kernels;

/// Where attention takes keys and values from.
interface KeyValues {

    /// Keys of a tile.
    int TILE = KvCache.PAGE;

    /// Lays out keys and values `tile * TILE + from .. tile * TILE + to` of one head as
    /// [io.peregrine.kernels.KvPage] does.
    ///
    /// @param keys where the tile's keys begin in `m`
    /// @param values where the tile's values begin in `m`
    void load(int kvHead, int tile, int from, int to, float[] m, int keys, int values);

    /// Copies positions `from .. to` of one head to rows of `headDim` elements.
    ///
    /// @param keys where the first key goes in `m`
    /// @param values where the first value goes in `m`
    void copy(int kvHead, int from, int to, float[] m, int keys, int values);
}
