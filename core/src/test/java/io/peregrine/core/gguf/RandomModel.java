package io.peregrine.core.gguf;

import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/// A seeded file of keys of every type and tensors of every type, and what must be read back from it.
final class RandomModel {

    final GgufWriter writer = new GgufWriter();
    final Map<String, GgufType> types = new LinkedHashMap<>();
    final Map<String, GgufType> elementTypes = new LinkedHashMap<>();
    final Map<String, Object> values = new LinkedHashMap<>();
    final Map<String, TensorType> tensorTypes = new LinkedHashMap<>();
    final Map<String, Shape> shapes = new LinkedHashMap<>();
    final Map<String, byte[]> data = new LinkedHashMap<>();

    private final Random random;

    RandomModel(long seed, int keys, int tensors, int alignment) {
        random = new Random(seed);
        writer.alignment(alignment);
        for (int i = 0; i < keys; i++) {
            addKey("key." + i);
        }
        for (int i = 0; i < tensors; i++) {
            addTensor("tensor." + i);
        }
    }

    private void addKey(String key) {
        GgufType type = GgufType.values()[random.nextInt(GgufType.values().length)];
        types.put(key, type);
        if (type == GgufType.ARRAY) {
            GgufType element = GgufType.values()[random.nextInt(GgufType.values().length)];
            Object array = array(element, 0);
            elementTypes.put(key, element);
            values.put(key, array);
            writer.putArray(key, element, array);
        } else {
            Object value = scalar(type);
            values.put(key, value);
            writer.put(key, type, value);
        }
    }

    private Object scalar(GgufType type) {
        return switch (type) {
            case UINT8 -> random.nextInt(1 << 8);
            case INT8 -> (int) (byte) random.nextInt();
            case UINT16 -> random.nextInt(1 << 16);
            case INT16 -> (int) (short) random.nextInt();
            case UINT32 -> random.nextLong(1L << 32);
            case INT32 -> random.nextInt();
            case UINT64 -> {
                BigInteger value = new BigInteger(64, random);
                yield value.bitLength() < 64 ? (Object) value.longValue() : value;
            }
            case INT64 -> random.nextLong();
            case FLOAT32 -> random.nextFloat();
            case FLOAT64 -> random.nextDouble();
            case BOOL -> random.nextBoolean();
            case STRING -> text();
            case ARRAY -> throw new IllegalArgumentException();
        };
    }

    private String text() {
        int[] points = new int[random.nextInt(20)];
        for (int i = 0; i < points.length; i++) {
            int point = random.nextInt(random.nextBoolean() ? 0x80 : 0x110000);
            points[i] = point >= 0xd800 && point < 0xe000 ? 0xfffd : point;
        }
        return new String(points, 0, points.length);
    }

    private Object array(GgufType element, int depth) {
        int length = random.nextInt(12);
        byte[] bytes = new byte[8 * length];
        random.nextBytes(bytes);
        return switch (element) {
            case STRING -> {
                String[] strings = new String[length];
                for (int i = 0; i < length; i++) {
                    strings[i] = text();
                }
                yield strings;
            }
            case ARRAY -> {
                Object[] arrays = new Object[length];
                for (int i = 0; i < length; i++) {
                    GgufType[] signed = {
                        GgufType.INT8,
                        GgufType.INT16,
                        GgufType.INT32,
                        GgufType.INT64,
                        GgufType.FLOAT32,
                        GgufType.FLOAT64,
                        GgufType.BOOL,
                        GgufType.STRING,
                        GgufType.ARRAY
                    };
                    arrays[i] = array(signed[random.nextInt(signed.length - (depth == 3 ? 1 : 0))], depth + 1);
                }
                yield arrays;
            }
            default -> FixedArrays.read(MemorySegment.ofArray(bytes), 0, element, length);
        };
    }

    private void addTensor(String name) {
        TensorType type = TensorType.values()[random.nextInt(TensorType.values().length)];
        long[] dims = new long[random.nextInt(5)];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = 1 + random.nextInt(5);
        }
        if (dims.length == 0 && type.isBlocked()) {
            dims = new long[1];
        }
        if (dims.length > 0) {
            dims[dims.length - 1] = (long) random.nextInt(4) * type.blockElements();
        }
        Shape shape = Shape.of(dims);
        byte[] bytes = new byte[(int) (shape.rows() * type.rowBytes(shape.columns()))];
        random.nextBytes(bytes);
        tensorTypes.put(name, type);
        shapes.put(name, shape);
        data.put(name, bytes);
        if (random.nextBoolean()) {
            writer.tensor(name, type, shape, MemorySegment.ofArray(bytes));
        } else {
            writer.tensor(name, type, shape, target -> {
                for (int i = 0; i < bytes.length; i += 7) {
                    target.write(ByteBuffer.wrap(bytes, i, Math.min(7, bytes.length - i)));
                }
            });
        }
    }
}
