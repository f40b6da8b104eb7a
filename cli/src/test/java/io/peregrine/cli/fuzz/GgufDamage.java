package io.peregrine.cli.fuzz;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Damages GGUF files where it tells: in counts, keys, values, arrays and the tensor table of a good file.
///
/// Random bytes alone nearly always hit weights or words of the vocabulary, which may be anything.
final class GgufDamage {

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int[] SIZES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    /// Floats at which formulas go wrong.
    private static final float[] FLOATS = {
        0, -1, 1e-38f, 1e38f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0.5f, 1e-6f, -0f
    };

    /// What stands at a place of the file.
    private enum Kind {
        COUNT,
        NAME,
        TYPE,
        NUMBER,
        FLOAT,
        TEXT,
        DIM,
        TENSOR_TYPE,
        OFFSET
    }

    private record Field(Kind kind, int at, int length) {}

    private final byte[] file;
    private final MemorySegment bytes;
    /// Counts, types, dims: what the structure hangs on.
    private final List<Field> structure = new ArrayList<>();

    private final List<Field> keys = new ArrayList<>();
    private final List<Field> values = new ArrayList<>();
    private final List<Field> elements = new ArrayList<>();
    private final List<Field> tensorNames = new ArrayList<>();
    private int at = 8;

    /// @param file a good one, which is not changed
    GgufDamage(byte[] file) {
        this.file = file;
        this.bytes = MemorySegment.ofArray(file);
        structure.add(new Field(Kind.TYPE, 4, 4));
        long tensors = count();
        long pairs = count();
        for (long i = 0; i < pairs; i++) {
            name(keys);
            int type = bytes.get(INT, at);
            structure.add(new Field(Kind.TYPE, at, 4));
            at += 4;
            value(type, values);
        }
        for (long i = 0; i < tensors; i++) {
            name(tensorNames);
            int dims = bytes.get(INT, at);
            structure.add(new Field(Kind.TYPE, at, 4));
            at += 4;
            for (int dim = 0; dim < dims; dim++) {
                structure.add(new Field(Kind.DIM, at, 8));
                at += 8;
            }
            structure.add(new Field(Kind.TENSOR_TYPE, at, 4));
            structure.add(new Field(Kind.OFFSET, at + 4, 8));
            at += 12;
        }
    }

    private long count() {
        structure.add(new Field(Kind.COUNT, at, 8));
        at += 8;
        return bytes.get(LONG, at - 8);
    }

    private void name(List<Field> list) {
        int length = (int) count();
        list.add(new Field(Kind.NAME, at, length));
        at += length;
    }

    private void value(int type, List<Field> list) {
        if (type == STRING) {
            int length = Math.toIntExact(bytes.get(LONG, at));
            structure.add(new Field(Kind.COUNT, at, 8));
            list.add(new Field(Kind.TEXT, at + 8, length));
            at += 8 + length;
        } else if (type == ARRAY) {
            int elementType = bytes.get(INT, at);
            structure.add(new Field(Kind.TYPE, at, 4));
            at += 4;
            long length = count();
            for (long i = 0; i < length; i++) {
                value(elementType, elements);
            }
        } else {
            boolean isFloat = type == 6 || type == 12;
            list.add(new Field(isFloat ? Kind.FLOAT : Kind.NUMBER, at, SIZES[type]));
            at += SIZES[type];
        }
    }

    /// One or two changes, and seldom a shorter file.
    byte[] damaged(SplittableRandom random) {
        byte[] copy = file.clone();
        for (int count = 1 + random.nextInt(2); count > 0; count--) {
            change(copy, random);
        }
        if (random.nextInt(40) == 0) {
            return Arrays.copyOf(copy, random.nextInt(copy.length));
        }
        return copy;
    }

    private void change(byte[] copy, SplittableRandom random) {
        int chance = random.nextInt(20);
        if (chance == 0 && tensorNames.size() > 1) {
            exchangeNames(copy, random);
            return;
        }
        if (chance == 1) {
            // Among the weights, or anywhere.
            copy[random.nextInt(copy.length)] = (byte) random.nextInt();
            return;
        }
        List<Field> list =
                switch (chance) {
                    case 2, 3, 4 -> elements;
                    case 5, 6 -> tensorNames;
                    case 7, 8 -> keys;
                    case 9, 10, 11 -> structure;
                    default -> values;
                };
        if (list.isEmpty()) {
            list = structure;
        }
        Field field = list.get(random.nextInt(list.size()));
        switch (field.kind()) {
            case NAME, TEXT -> letter(copy, field, random);
            case TYPE, TENSOR_TYPE -> Damage.put(copy, field.at(), 4, random.nextInt(45) - 1);
            case FLOAT -> {
                float value = random.nextBoolean()
                        ? FLOATS[random.nextInt(FLOATS.length)]
                        : (float) Math.exp(random.nextDouble(-40, 40));
                Damage.put(copy, field.at(), 4, Float.floatToRawIntBits(value));
            }
            case OFFSET -> Damage.put(copy, field.at(), 8, random.nextInt(8) * 32L);
            case COUNT, NUMBER, DIM -> number(copy, field, random);
        }
    }

    private void number(byte[] copy, Field field, SplittableRandom random) {
        long value = field.length() == 8 ? bytes.get(LONG, field.at()) : bytes.get(ValueLayout.JAVA_BYTE, field.at());
        long changed = switch (random.nextInt(5)) {
            case 0 -> Damage.edge(random);
            case 1 -> value + random.nextInt(5) - 2;
            case 2 -> value << 1;
            case 3 -> value >> 1;
            default -> random.nextInt(1 << random.nextInt(1, 24));
        };
        Damage.put(copy, field.at(), field.length(), changed);
    }

    private static void letter(byte[] copy, Field field, SplittableRandom random) {
        if (field.length() > 0) {
            copy[field.at() + random.nextInt(field.length())] = (byte) random.nextInt(random.nextInt(8) == 0 ? 256 : 128);
        }
    }

    /// Two tensors get each other's names, if those are as long as each other.
    private void exchangeNames(byte[] copy, SplittableRandom random) {
        Field first = tensorNames.get(random.nextInt(tensorNames.size()));
        Field second = tensorNames.get(random.nextInt(tensorNames.size()));
        if (first.length() == second.length()) {
            System.arraycopy(file, second.at(), copy, first.at(), first.length());
            System.arraycopy(file, first.at(), copy, second.at(), first.length());
        }
    }
}
