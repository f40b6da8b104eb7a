package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.PeregrineException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Thousands of damaged files: each gives a picture or an error that says what is wrong, never another
/// exception.
class PictureMutationTest {

    private static final int FILES = 1500;

    /// Small limits, so that a lucky header cannot make the test slow.
    private static final ImageOptions OPTIONS =
            ImageOptions.DEFAULT.withLimits(new ImageLimits(1 << 20, 2000, 1_000_000, 200));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rgb.png",
                "p8alpha.png",
                "rgb16.png",
                "s2b.jpg",
                "s1p.jpg",
                "cmyk.jpg",
                "restart.jpg",
                "interlaced.gif",
                "animated.gif",
                "p8.bmp",
                "one.bmp",
                "rgba.bmp"
            })
    void read_mutatedFile_givesAPictureOrAnError(String file) {
        byte[] whole = Resources.bytes("pillow/" + file);
        Random random = new Random(20261122);
        int refused = 0;
        for (int i = 0; i < FILES; i++) {
            byte[] mutant = mutate(whole, random);
            if (file.endsWith(".png") && i % 4 != 0) {
                mendChecksums(mutant); // so that the fault reaches the decoder
            }
            try {
                Image image = Image.read(mutant, file, OPTIONS);
                assertEquals(3 * image.width() * image.height(), image.toRgb().length);
            } catch (PeregrineException e) {
                assertTrue(String.valueOf(e.getMessage()).startsWith(file + ": "), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 0, "no file was refused");
    }

    private static byte[] mutate(byte[] whole, Random random) {
        byte[] mutant = whole.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            // Half of the changes hit the headers.
            int at = random.nextInt(random.nextBoolean() ? Math.min(64, mutant.length) : mutant.length);
            switch (random.nextInt(5)) {
                case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutant[at] = (byte) random.nextInt(256);
                case 2 -> mutant[at] = (byte) (random.nextBoolean() ? 0xFF : 0);
                case 3 -> {
                    int length = random.nextInt(1 + Math.min(20, mutant.length - at));
                    byte[] shorter = Arrays.copyOf(mutant, mutant.length - length);
                    System.arraycopy(mutant, at + length, shorter, at, mutant.length - at - length);
                    mutant = shorter.length == 0 ? whole.clone() : shorter;
                }
                default -> {
                    byte[] noise = new byte[1 + random.nextInt(20)];
                    random.nextBytes(noise);
                    mutant = TestPictures.insert(mutant, at, noise);
                }
            }
        }
        return mutant;
    }

    private static void mendChecksums(byte[] png) {
        PictureBytes file = new PictureBytes("", "PNG", png, ImageLimits.DEFAULT);
        for (long at = 8; at + 12 <= png.length; ) {
            long length = file.u32be(at, "length");
            if (at + 12 + length > png.length) {
                return;
            }
            CRC32 crc = new CRC32();
            crc.update(png, (int) at + 4, (int) length + 4);
            System.arraycopy(TestPictures.int32((int) crc.getValue()), 0, png, (int) (at + 8 + length), 4);
            at += 12 + length;
        }
    }
}
