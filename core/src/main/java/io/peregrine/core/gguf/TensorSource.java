package io.peregrine.core.gguf;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/// Gives the data of a tensor when the file is written: computed then, or copied from elsewhere, in any
/// pieces.
@FunctionalInterface
public interface TensorSource {

    /// Writes exactly the bytes of the tensor, rows in order.
    ///
    /// @param target takes every buffer whole
    void writeTo(WritableByteChannel target) throws IOException;
}
