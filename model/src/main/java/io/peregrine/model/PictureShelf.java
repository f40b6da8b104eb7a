package io.peregrine.model;

import io.peregrine.model.block.FeatureMap;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.RegionEncoder;
import io.peregrine.model.block.Rows;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Mask;
import io.peregrine.model.image.Pixels;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Pictures by content, with their regions: each is prepared and encoded once, however often prompts show it.
///
/// A picture stays as long as a prompt has it ([#take], [#giveBack]), and longer while there is room. Whoever prepares
/// prompts may do so from any thread; pictures are encoded by one thread at a time.
final class PictureShelf {

    private static final int MOST_CODES = 4096;

    private final long idleBytes;

    /// By [Image#digest], the one that was used longest ago first.
    private final Map<ByteBuffer, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    /// Codes of pictures, those that were forgotten lately included: a sequence that still holds their rows is still
    /// right for them.
    private final Map<ByteBuffer, Integer> codes = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Integer> eldest) {
            return size() > MOST_CODES;
        }
    };

    private int nextCode = -1;

    /// One that keeps no picture that no prompt has.
    PictureShelf() {
        this(0);
    }

    /// @param idleBytes pictures that no prompt has stay while they take no more than this together
    PictureShelf(long idleBytes) {
        this.idleBytes = idleBytes;
    }

    /// A picture.
    static final class Entry {
        private final PreparedPicture prepared;
        private final int firstCode;
        private final Map<Mask, Area> areas = new HashMap<>();
        private volatile @Nullable List<Rows> encoded;
        private volatile RegionEncoder.@Nullable Features features;

        /// Prompts that have it.
        private int users;

        private Entry(PreparedPicture prepared, int firstCode) {
            this.prepared = prepared;
            this.firstCode = firstCode;
        }

        PreparedPicture prepared() {
            return prepared;
        }

        /// A negative number that no other block of the shelf has.
        int code(int block) {
            return firstCode - block;
        }

        boolean isEncoded() {
            return encoded != null;
        }

        /// Brings the picture to the sizes that the tower wants, if it is not encoded already: from any thread, so that
        /// the one that encodes need not.
        void resize() {
            if (encoded == null) {
                prepared.blocks().forEach(block -> block.views().forEach(Pixels::values));
            }
        }

        /// The embedding of a block: `[tokens, dim]`.
        ///
        /// @throws IllegalStateException before [#encode]
        Rows rows(int block) {
            List<Rows> rows = encoded;
            if (rows == null) {
                throw new IllegalStateException("the picture is not encoded");
            }
            return rows.get(block);
        }

        void encode(ImageEncoder encoder, Pass pass) {
            if (encoded != null) {
                return;
            }
            if (encoder instanceof RegionEncoder regions) {
                RegionEncoder.Features found = regions.features(pass, prepared);
                features = found;
                encoded = found.embeddings();
            } else {
                encoded = encoder.encode(pass, prepared);
            }
        }

        /// Bytes of heap, about.
        private long bytes() {
            long floats = 0;
            for (PreparedPicture.Block block : prepared.blocks()) {
                for (Pixels view : block.views()) {
                    floats += 3L * view.width() * view.height();
                }
            }
            List<Rows> rows = encoded;
            if (rows != null) {
                floats += rows.stream().mapToLong(Rows::elements).sum();
            }
            RegionEncoder.Features found = features;
            if (found != null) {
                floats += found.maps().stream()
                        .map(FeatureMap::rows)
                        .mapToLong(Rows::elements)
                        .sum();
            }
            return Float.BYTES * floats;
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

        Entry picture() {
            return picture;
        }

        /// A negative number that nothing else of the shelf has.
        int code() {
            return code;
        }

        boolean isEncoded() {
            return encoded != null;
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
    synchronized Area area(Entry picture, Mask mask) {
        return picture.areas.computeIfAbsent(mask, key -> new Area(picture, key, nextCode(1)));
    }

    /// The entry of a picture, prepared at least; to be given back once the prompt is done with it.
    Entry take(Image image, ImageEncoder encoder) {
        ByteBuffer key = ByteBuffer.wrap(image.digest());
        Entry found = find(key);
        return found == null ? put(key, encoder.prepare(image)) : found;
    }

    private synchronized @Nullable Entry find(ByteBuffer key) {
        Entry found = entries.get(key);
        if (found != null) {
            found.users++;
        }
        return found;
    }

    private synchronized Entry put(ByteBuffer key, PreparedPicture prepared) {
        int code = codes.computeIfAbsent(key, absent -> nextCode(prepared.blocks().size()));
        Entry entry = entries.computeIfAbsent(key, absent -> new Entry(prepared, code));
        entry.users++;
        return entry;
    }

    private int nextCode(int count) {
        int first = nextCode;
        nextCode = Math.subtractExact(first, count);
        return first;
    }

    /// Gives back what a prompt took, which forgets the pictures used longest ago beyond those that there is room for.
    synchronized void giveBack(Iterable<Entry> taken) {
        for (Entry entry : taken) {
            entry.users--;
        }
        keep(idleBytes);
    }

    /// Forgets all pictures that no prompt has.
    synchronized void forgetIdle() {
        keep(0);
    }

    private void keep(long most) {
        long idle = 0;
        for (Entry entry : entries.values()) {
            idle += entry.users == 0 ? entry.bytes() : 0;
        }
        Iterator<Entry> oldest = entries.values().iterator();
        while (idle > most && oldest.hasNext()) {
            Entry entry = oldest.next();
            if (entry.users == 0) {
                idle -= entry.bytes();
                oldest.remove();
            }
        }
        for (Entry entry : entries.values()) {
            if (entry.users == 0) {
                entry.areas.clear();
            }
        }
    }

    /// How many there are.
    synchronized int size() {
        return entries.size();
    }

    /// Bytes of heap that they take, about.
    synchronized long bytes() {
        return entries.values().stream().mapToLong(Entry::bytes).sum();
    }
}
