package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MaskTest {

    @Test
    void of_everythingButBlack_isInside() {
        byte[] rgb = new byte[3 * 6];
        rgb[3] = 1;
        rgb[7] = (byte) 255;
        rgb[17] = 1;
        assertEquals(".##\n..#\n", text(Mask.of(Image.of(rgb, 3, 2))));
    }

    @Test
    void box_isCutAtThePicture() {
        assertEquals("....\n.##.\n.##.\n", text(Mask.box(4, 3, 1, 1, 3, 9)));
        assertEquals("##\n", text(Mask.box(2, 1, -5, -5, 5, 5)));
        assertEquals("..\n", text(Mask.box(2, 1, 3, 0, 5, 5)));
        assertEquals("..\n", text(Mask.box(2, 1, 0, 2, 2, 1)));
    }

    @Test
    void polygon_ofWholePixels_isTheirBox() {
        assertEquals(Mask.box(5, 4, 1, 1, 4, 3), Mask.polygon(5, 4, 1, 1, 4, 1, 4, 3, 1, 3));
        assertEquals(Mask.box(5, 4, 0, 0, 5, 4), Mask.polygon(5, 4, 0, 4, 5, 4, 5, 0, 0, 0));
        assertEquals(Mask.box(5, 4, 0, 0, 5, 4), Mask.polygon(5, 4, -9, -9, 1e300, -9, 1e300, 1e300, -9, 1e300));
    }

    @Test
    void polygon_triangle_hasThePixelsWhoseMiddleIsInside() {
        assertEquals("#...\n##..\n###.\n####\n", text(Mask.polygon(4, 4, 0, 0, 4.2, 4.1, 0, 4.1)));
    }

    @Test
    void polygon_enclosedTwice_isAHole() {
        double[] points = {0, 0, 6, 0, 6, 5, 0, 5, 0, 0, 2, 1, 4, 1, 4, 4, 2, 4, 2, 1};
        assertEquals("######\n##..##\n##..##\n##..##\n######\n", text(Mask.polygon(6, 5, points)));
    }

    @Test
    void polygon_betweenTheMiddles_isEmpty() {
        assertEquals(0, Mask.polygon(4, 4, 0.6, 0.6, 1.4, 0.6, 1.4, 1.4, 0.6, 1.4).pixels());
    }

    /// Against the definition: a ray from the middle of a pixel to the left crosses the outline an odd number of times.
    @Test
    void polygon_random_isWhatARaySays() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            int width = 1 + random.nextInt(20);
            int height = 1 + random.nextInt(20);
            double[] points = new double[6 + 2 * random.nextInt(10)];
            for (int i = 0; i < points.length; i++) {
                points[i] = random.nextDouble() * (i % 2 == 0 ? width : height);
            }
            Mask mask = Mask.polygon(width, height, points);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    assertEquals(crossings(points, x + 0.5, y + 0.5) % 2 == 1, mask.has(x, y), "round " + round);
                }
            }
        }
    }

    private static int crossings(double[] points, double x, double y) {
        int count = 0;
        for (int i = 0; i < points.length; i += 2) {
            int j = (i + 2) % points.length;
            boolean above = points[i + 1] <= y;
            if (above != points[j + 1] <= y) {
                double share = (y - points[i + 1]) / (points[j + 1] - points[i + 1]);
                count += points[i] + share * (points[j] - points[i]) < x ? 1 : 0;
            }
        }
        return count;
    }

    @Test
    void equal_ifSizeAndPixelsAre() {
        assertEquals(Mask.box(4, 2, 0, 0, 1, 1), Mask.box(4, 2, -1, -1, 1, 1));
        assertEquals(Mask.box(4, 2, 0, 0, 1, 1).hashCode(), Mask.box(4, 2, -1, -1, 1, 1).hashCode());
        assertNotEquals(Mask.box(4, 2, 0, 0, 1, 1), Mask.box(2, 4, 0, 0, 1, 1));
        assertNotEquals(Mask.box(4, 2, 0, 0, 1, 1), Mask.box(4, 2, 0, 0, 2, 1));
        assertArrayEquals(new float[] {0, 1, 0, 0}, Mask.box(2, 2, 1, 0, 2, 1).toFloats());
        assertEquals("Mask[1 of 2 x 2]", Mask.box(2, 2, 1, 0, 2, 1).toString());
    }

    private static String text(Mask mask) {
        StringBuilder text = new StringBuilder();
        for (int y = 0; y < mask.height(); y++) {
            for (int x = 0; x < mask.width(); x++) {
                text.append(mask.has(x, y) ? '#' : '.');
            }
            text.append('\n');
        }
        return text.toString();
    }
}
