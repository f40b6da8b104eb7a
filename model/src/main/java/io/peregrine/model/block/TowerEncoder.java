package io.peregrine.model.block;

import io.peregrine.model.image.Pixels;
import java.util.ArrayList;
import java.util.List;

/// An image encoder that is a tower, which looks at each view by itself, and a projector.
public interface TowerEncoder extends ImageEncoder {

    /// Pixels that go through the tower together at most, if that is more than one block: enough for its matrix
    /// products to be as fast as they get, and tiles of a large picture do not take memory all at once.
    int PIXELS_AT_ONCE = 1 << 21;

    /// What the projector sees of views.
    ///
    /// @param views of one size
    /// @return as many rows for each view, in the order of the views; belongs to the pass
    Rows features(Pass pass, List<Pixels> views);

    /// From features to rows for the decoder.
    ///
    /// @param features as [#features] has made them, which may be overwritten
    /// @param views of one size
    /// @param out gets the shape `[rows, dim]`, as many rows for each view
    Rows project(Pass pass, Rows features, List<Pixels> views, Rows out);

    /// The rows of one block.
    ///
    /// @param views those that [#project] has made of the block's views
    default Rows assemble(PreparedPicture.Block block, Rows views) {
        return views;
    }

    @Override
    default List<Rows> encode(Pass pass, PreparedPicture picture) {
        List<Rows> embeddings = new ArrayList<>();
        List<PreparedPicture.Block> blocks = picture.blocks();
        for (int from = 0; from < blocks.size(); ) {
            int to = from + 1;
            while (to < blocks.size() && fit(blocks.subList(from, to + 1))) {
                to++;
            }
            encode(pass, blocks.subList(from, to), embeddings);
            from = to;
        }
        return embeddings;
    }

    /// Whether blocks can go through the tower together.
    private static boolean fit(List<PreparedPicture.Block> blocks) {
        Pixels first = blocks.getFirst().views().getFirst();
        long pixels = 0;
        for (PreparedPicture.Block block : blocks) {
            for (Pixels view : block.views()) {
                if (view.width() != first.width() || view.height() != first.height()) {
                    return false;
                }
                pixels += (long) view.width() * view.height();
            }
        }
        return pixels <= PIXELS_AT_ONCE;
    }

    private void encode(Pass pass, List<PreparedPicture.Block> blocks, List<Rows> embeddings) {
        List<Pixels> views =
                blocks.stream().flatMap(block -> block.views().stream()).toList();
        Rows features = features(pass, views);
        tell(pass, Trace.FEATURES, features, blocks, views.size(), embeddings.size());
        Rows all = project(pass, features, views, new Rows());
        int first = 0;
        for (PreparedPicture.Block block : blocks) {
            int count = block.views().size() * (all.rows() / views.size());
            Rows own = blocks.size() == 1 ? all : all.copy(first, count);
            Rows embedding = assemble(block, own); // [tokens, dim]
            pass.trace().rows("v.embedding", embeddings.size(), embedding);
            embeddings.add(embedding);
            first += count;
        }
    }

    /// Tells of rows block by block.
    private static void tell(
            Pass pass, String name, Rows rows, List<PreparedPicture.Block> blocks, int views, int number) {
        if (pass.trace() == Trace.NONE || blocks.size() == 1) {
            pass.trace().rows(name, number, rows);
            return;
        }
        int first = 0;
        for (int i = 0; i < blocks.size(); i++) {
            int count = blocks.get(i).views().size() * (rows.rows() / views);
            pass.trace().rows(name, number + i, rows.copy(first, count));
            first += count;
        }
    }
}
