package io.peregrine.model;

import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.image.Image;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The pictures of a session, by content: each is prepared and encoded once, however often a conversation
/// repeats it.
final class PictureShelf {

    private final Map<Image, Entry> entries = new HashMap<>();
    private int nextCode = -1;

    /// A picture.
    static final class Entry {
        private final PreparedPicture prepared;
        private final int firstCode;
        private @Nullable List<Rows> encoded;

        private Entry(PreparedPicture prepared, int firstCode) {
            this.prepared = prepared;
            this.firstCode = firstCode;
        }

        PreparedPicture prepared() {
            return prepared;
        }

        /// A negative number that no other block of the session has.
        int code(int block) {
            return firstCode - block;
        }

        /// The embedding of a block: `[tokens, dim]`.
        ///
        /// @throws IllegalStateException before [#encode]
        Rows rows(int block) {
            if (encoded == null) {
                throw new IllegalStateException("the picture is not encoded");
            }
            return encoded.get(block);
        }

        void encode(ImageEncoder encoder, Pass pass) {
            if (encoded == null) {
                encoded = encoder.encode(pass, prepared);
            }
        }
    }

    /// The entry of a picture, prepared at least.
    Entry entry(Image image, ImageEncoder encoder) {
        Entry found = entries.get(image);
        if (found == null) {
            PreparedPicture prepared = encoder.prepare(image);
            found = new Entry(prepared, nextCode);
            nextCode -= prepared.blocks().size();
            entries.put(image, found);
        }
        return found;
    }

    /// Forgets the pictures that a prompt no longer holds.
    void keepOnly(Set<Image> images) {
        entries.keySet().retainAll(images);
    }
}
