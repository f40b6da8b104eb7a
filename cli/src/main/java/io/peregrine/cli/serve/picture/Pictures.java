package io.peregrine.cli.serve.picture;

import io.peregrine.model.image.Image;
import java.util.List;

/// The pictures of a request, and the memory that is set aside for them until they are closed. Belongs to one thread.
public final class Pictures implements AutoCloseable {

    private final List<Image> images;
    private final PictureMemory memory;
    private long bytes;

    /// @param bytes taken from the memory
    Pictures(List<Image> images, PictureMemory memory, long bytes) {
        this.images = List.copyOf(images);
        this.memory = memory;
        this.bytes = bytes;
    }

    /// In the order of the request.
    public List<Image> images() {
        return images;
    }

    /// Closing twice does nothing.
    @Override
    public void close() {
        memory.give(bytes);
        bytes = 0;
    }
}
