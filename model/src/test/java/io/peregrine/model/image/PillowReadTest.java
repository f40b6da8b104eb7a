package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// RELIABILITY 53, `image-grey / grey16 / alpha / palette / 1-bit / CMYK / ICC`: pictures are read as Pillow
/// reads them, sample by sample. The files come from `pillow/generate.py`.
class PillowReadTest {

    static List<String> files() {
        return Resources.lines("pillow/manifest.txt");
    }

    @DisplayName("53 image-grey / grey16 / alpha / palette / 1-bit / CMYK / ICC")
    @ParameterizedTest
    @MethodSource("files")
    void read_file_givesThePixelsOfPillow(String line) {
        String[] fields = line.split(" ");
        String file = fields[0];
        int width = Integer.parseInt(fields[1]);
        int height = Integer.parseInt(fields[2]);
        byte[] encoded = Resources.bytes("pillow/" + file);
        ImageOptions options = ImageOptions.DEFAULT;

        Image dropped = Image.read(encoded, file, options.withTransparency(Transparency.DROP));
        assertSame(Resources.bytes("pillow/" + file + ".rgb"), width, height, dropped);

        Image white = Image.read(encoded, file, options);
        String golden = "pillow/" + file + (fields[3].equals("white") ? ".white.rgb" : ".rgb");
        assertSame(Resources.bytes(golden), width, height, white);
    }

    private static void assertSame(byte[] expected, int width, int height, Image image) {
        assertEquals(width, image.width());
        assertEquals(height, image.height());
        for (int i = 0; i < expected.length; i++) {
            int x = i / 3 % width;
            int y = i / 3 / width;
            int sample = image.sample(x, y, i % 3);
            assertEquals(expected[i] & 0xFF, sample, () -> "at (" + x + ", " + y + ")");
        }
    }
}
