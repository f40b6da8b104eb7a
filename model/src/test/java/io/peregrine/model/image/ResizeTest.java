package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Resizing is Pillow's, bit for bit; `pillow/generate.py` made the digests.
class ResizeTest {

    static List<String> cases() {
        return Resources.lines("pillow/resize.txt");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void resized_givesThePixelsOfPillow(String line) throws NoSuchAlgorithmException {
        String[] f = line.split(" ");
        Image source = noise(Integer.parseInt(f[0]), Integer.parseInt(f[1]));
        int width = Integer.parseInt(f[2]);
        Resampling resampling = Resampling.valueOf(f[4]);
        Image result = f[3].equals("pad")
                ? source.resizedInSquare(width, 0x7A7468, resampling)
                : source.resized(width, Integer.parseInt(f[3]), resampling);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(result.toRgb());
        assertEquals(f[5], HexFormat.of().formatHex(digest));
    }

    @ParameterizedTest
    @EnumSource
    void resizedInSquare_isPaddingThenResizing(Resampling resampling) {
        for (Image source : List.of(noise(61, 46), noise(33, 90), noise(40, 40))) {
            int side = Math.max(source.width(), source.height());
            for (int target : new int[] {1, 28, side, 150}) {
                assertEquals(
                        source.padded(side, side, 0x102030).resized(target, target, resampling),
                        source.resizedInSquare(target, 0x102030, resampling));
            }
        }
    }

    @Test
    void resized_toNothing_isRefused() {
        Image source = noise(3, 2);
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> source.resized(0, 5, Resampling.BOX));
        assertEquals("a picture of 0 x 5 pixels", e.getMessage());
    }

    /// The rows of a range are made, and no others: threads may share a picture.
    @Test
    void passes_byRanges_makeTheSamePicture() {
        Raster8 source = noise(50, 31).raster();
        Raster8 whole = Resampling.BICUBIC.resize(source, Canvas.tight(source), 17, 12);
        FilterTaps across = FilterTaps.of(50, 17, 2, ResizeTest::cubic);
        FilterTaps down = FilterTaps.of(31, 12, 2, ResizeTest::cubic);
        Raster8 wide = Raster8.blank(17, 31);
        for (int[] range : new int[][] {{20, 31}, {0, 7}, {7, 20}}) {
            FilterResize.alongRows(source, Canvas.tight(source), wide, across, range[0], range[1]);
        }
        Raster8 result = Raster8.blank(17, 12);
        FilterResize.alongColumns(wide, result, down, 5, 12);
        for (int i = 0; i < 5 * 17 * 3; i++) {
            assertEquals(0, result.rgb()[i]);
        }
        FilterResize.alongColumns(wide, result, down, 0, 5);
        assertEquals(Image.of(whole.rgb(), 17, 12), Image.of(result.rgb(), 17, 12));
    }

    private static double cubic(double x) {
        double d = Math.abs(x);
        return d < 1 ? (1.5 * d - 2.5) * d * d + 1 : d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0;
    }

    /// The same samples as `noise` of `generate.py`.
    static Image noise(int width, int height) {
        byte[] rgb = new byte[width * height * 3];
        int state = 12345;
        for (int i = 0; i < rgb.length; i++) {
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF;
            rgb[i] = (byte) (state >> 16);
        }
        return Image.of(rgb, width, height);
    }
}
