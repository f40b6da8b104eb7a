package io.peregrine.model;

import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.RegionEncoder;
import io.peregrine.model.block.Rows;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Mask;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The pictures of a session, by content, with their regions: each is prepared and encoded once, however often a
/// conversation repeats it.
final class PictureShelf {

    private final Map<Image, Entry> entries = new HashMap<>();
    private int nextCode = -1;

    /// A picture.
    static final class Entry {
        private final PreparedPicture prepared;
        private final int firstCode;
        private final Map<Mask, Area> areas = new HashMap<>();
        private @Nullable List<Rows> encoded;
        private RegionEncoder.@Nullable Features features;

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
            if (encoded != null) {
                return;
            }
            if (encoder instanceof RegionEncoder regions) {
                features = regions.features(pass, prepared);
                encoded = features.embeddings();
            } else {
                encoded = encoder.encode(pass, prepared);
            }
        }
    }

    /// A region of a picture.
    static final class Area {
        private final Entry picture;
        private final Mask mask;
        private final int code;
        private @Nullable Rows encoded;

        private Area(Entry picture, Mask mask, int code) {
            this.picture = picture;
            this.mask = mask;
            this.code = code;
        }

        /// A negative number that nothing else of the session has.
        int code() {
            return code;
        }

        /// The embedding: `[regionTokens, dim]`.
        ///
        /// @throws IllegalStateException before [#encode]
        Rows rows() {
            if (encoded == null) {
                throw new IllegalStateException("the region is not encoded");
            }
            return encoded;
        }

        /// Encodes the region, and before it its picture if that is not yet encoded.
        void encode(RegionEncoder encoder, Pass pass) {
            if (encoded == null) {
                picture.encode(encoder, pass);
                encoded = encoder.encode(pass, Objects.requireNonNull(picture.features), mask);
            }
        }
    }

    /// A region of a picture.
    Area area(Entry picture, Mask mask) {
        return picture.areas.computeIfAbsent(mask, key -> new Area(picture, key, nextCode--));
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
