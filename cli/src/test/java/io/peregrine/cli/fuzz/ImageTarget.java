package io.peregrine.cli.fuzz;

import io.peregrine.core.PeregrineException;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.ImageLimits;
import io.peregrine.model.image.ImageOptions;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;

/// Pictures, whole files of every format that is read.
final class ImageTarget implements Target {

    private static final String NAME = "picture";
    private static final int PNG_HEADER = 8;
    private static final int CHUNK_FRAME = 12;

    /// Small, so that a lucky header does not make a case slow.
    private static final ImageOptions OPTIONS =
            ImageOptions.DEFAULT.withLimits(new ImageLimits(1 << 20, 2000, 1_000_000, 200));

    private final List<byte[]> seeds =
            Fixtures.files(Fixtures.resource("image/pillow"), ".png", ".jpg", ".gif", ".bmp").stream()
                    .map(Fixtures::bytes)
                    .toList();

    @Override
    public String name() {
        return "image";
    }

    @Override
    public List<byte[]> seeds() {
        return seeds;
    }

    @Override
    public boolean accepts(byte[] input) {
        try {
            Image image = Image.read(input, NAME, OPTIONS);
            if (image.toRgb().length != 3 * image.width() * image.height()) {
                throw new AssertionError(image + " has " + image.toRgb().length + " samples");
            }
            return true;
        } catch (PeregrineException e) {
            return Refusal.checked(e, NAME + ": ");
        }
    }

    /// A few copies of a million pixels at most.
    @Override
    public long allowedBytes(int length) {
        return (64 << 20) + 16L * length;
    }

    @Override
    public byte[] damaged(byte[] seed, SplittableRandom random) {
        byte[] damaged = Damage.bytes(seed, random);
        return random.nextInt(4) == 0 ? damaged : mended(damaged);
    }

    /// With right checksums, if it is a PNG file, so that faults reach the decoder.
    static byte[] mended(byte[] input) {
        byte[] png = input.clone();
        if (png.length < PNG_HEADER || png[1] != 'P') {
            return png;
        }
        ByteBuffer bytes = ByteBuffer.wrap(png);
        for (long at = PNG_HEADER; at + CHUNK_FRAME <= png.length; ) {
            long length = Integer.toUnsignedLong(bytes.getInt((int) at));
            if (at + CHUNK_FRAME + length > png.length) {
                return png;
            }
            CRC32 crc = new CRC32();
            crc.update(png, (int) at + 4, (int) length + 4);
            bytes.putInt((int) (at + 8 + length), (int) crc.getValue());
            at += CHUNK_FRAME + length;
        }
        return png;
    }
}
