package io.peregrine.cli.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Ways of damaging bytes and texts that fit all kinds of input.
public final class Damage {

    /// Numbers at which comparisons go wrong.
    static final long[] EDGES = {
        -1,
        0,
        1,
        2,
        7,
        8,
        9,
        12,
        13,
        31,
        32,
        63,
        64,
        255,
        256,
        0x7fff,
        0x8000,
        0xffff,
        0x1_0000,
        0x7fff_ffffL,
        0x8000_0000L,
        0xffff_ffffL,
        0x1_0000_0000L,
        1L << 61,
        1L << 62,
        Long.MAX_VALUE,
        Long.MAX_VALUE - 31,
        Long.MIN_VALUE
    };

    private Damage() {}

    /// One to four changes; half of them near the front, where formats have their headers.
    public static byte[] bytes(byte[] seed, SplittableRandom random) {
        byte[] bytes = seed.clone();
        for (int count = 1 + random.nextInt(4); count > 0 && bytes.length > 0; count--) {
            int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(bytes.length, 128));
            switch (random.nextInt(9)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0xff : 0);
                case 3 -> put(bytes, at, 8, edge(random));
                case 4 -> put(bytes, at, 4, edge(random));
                case 5 -> put(bytes, at, 2, Short.reverseBytes((short) edge(random)));
                case 6 -> bytes = cut(bytes, at, at + random.nextInt(20), random);
                case 7 -> bytes = inserted(bytes, at, noise(random));
                default -> {
                    int from = random.nextInt(bytes.length);
                    int length = Math.min(random.nextInt(40), bytes.length - Math.max(from, at));
                    System.arraycopy(bytes, from, bytes, at, length);
                }
            }
        }
        return bytes;
    }

    /// One to four changes with pieces of the language.
    public static String text(String seed, List<String> pieces, SplittableRandom random) {
        StringBuilder text = new StringBuilder(seed);
        for (int count = 1 + random.nextInt(4); count > 0; count--) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + 1 + random.nextInt(8));
            switch (random.nextInt(6)) {
                case 0 -> text.delete(at, end);
                case 1, 2 -> text.insert(at, pieces.get(random.nextInt(pieces.size())));
                case 3 -> text.replace(at, end, pieces.get(random.nextInt(pieces.size())));
                case 4 -> text.insert(random.nextInt(text.length() + 1), text.substring(at, end));
                default -> text.setLength(at);
            }
        }
        return text.toString();
    }

    static long edge(SplittableRandom random) {
        return EDGES[random.nextInt(EDGES.length)];
    }

    /// Writes the low bytes of a number, least first, as far as there is room.
    static void put(byte[] bytes, int at, int count, long value) {
        for (int i = 0; i < count && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >> 8 * i);
        }
    }

    static byte[] inserted(byte[] bytes, int at, byte[] piece) {
        byte[] longer = Arrays.copyOf(bytes, bytes.length + piece.length);
        System.arraycopy(piece, 0, longer, at, piece.length);
        System.arraycopy(bytes, at, longer, at + piece.length, bytes.length - at);
        return longer;
    }

    /// Without the bytes of a range, or now and then without everything from its start.
    private static byte[] cut(byte[] bytes, int from, int to, SplittableRandom random) {
        int end = random.nextInt(4) == 0 ? bytes.length : Math.min(to, bytes.length);
        byte[] shorter = Arrays.copyOf(bytes, bytes.length - (end - from));
        System.arraycopy(bytes, end, shorter, from, bytes.length - end);
        return shorter;
    }

    private static byte[] noise(SplittableRandom random) {
        byte[] noise = new byte[1 + random.nextInt(20)];
        random.nextBytes(noise);
        return noise;
    }
}
