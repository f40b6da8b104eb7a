package io.peregrine.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Where the values and the tensors of a good GGUF file are, for tests that change single bytes of it. A reader of its
/// own, which checks nothing.
final class GgufPlaces {

    static final int UINT32 = 4;
    static final int INT32 = 5;
    static final int FLOAT32 = 6;
    static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int[] SIZES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    /// A value of fixed size, or an element of an array of such.
    ///
    /// @param typeAt where its type is
    /// @param alone whether it is no element of an array
    record Value(String key, int type, int typeAt, int at, boolean alone) {

        /// Bytes that it takes.
        int size() {
            return SIZES[type];
        }
    }

    /// An entry of the table of tensors.
    ///
    /// @param nameAt where its name begins, behind the length
    /// @param dims fastest first, as in the file
    /// @param dimsAt where the first of them is
    record TensorPlace(String name, int nameAt, List<Long> dims, int dimsAt) {}

    private final List<Value> values = new ArrayList<>();
    private final List<TensorPlace> tensors = new ArrayList<>();
    private final ByteBuffer in;
    private final int end;
    private final Map<String, String> texts = new HashMap<>();

    private GgufPlaces(byte[] bytes) {
        in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        in.position(8);
        long tensorCount = in.getLong();
        long pairs = in.getLong();
        for (long i = 0; i < pairs; i++) {
            pair();
        }
        for (long i = 0; i < tensorCount; i++) {
            tensor();
        }
        end = in.position();
    }

    static GgufPlaces of(Path file) {
        try {
            return new GgufPlaces(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// `general.architecture`.
    String architecture() {
        return texts.getOrDefault("general.architecture", "");
    }

    /// `clip.projector_type`, or that of the vision side where modalities are mixed.
    String projector() {
        return texts.getOrDefault("clip.vision.projector_type", texts.getOrDefault("clip.projector_type", ""));
    }

    /// Values of fixed size: those that stand alone, and the first elements of arrays.
    List<Value> values() {
        return values;
    }

    List<TensorPlace> tensors() {
        return tensors;
    }

    /// Where the table of tensors ends.
    int end() {
        return end;
    }

    private String string() {
        byte[] text = new byte[Math.toIntExact(in.getLong())];
        in.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private void pair() {
        String key = string();
        int typeAt = in.position();
        int type = in.getInt();
        if (type == STRING) {
            texts.put(key, string());
        } else if (type == ARRAY) {
            int elementAt = in.position();
            array(key, elementAt, in.getInt(), Math.toIntExact(in.getLong()));
        } else {
            values.add(new Value(key, type, typeAt, in.position(), true));
            in.position(in.position() + SIZES[type]);
        }
    }

    private void array(String key, int typeAt, int type, int length) {
        if (type == STRING) {
            IntStream.range(0, length).forEach(i -> string());
            return;
        }
        if (length > 0) {
            values.add(new Value(key, type, typeAt, in.position(), false));
        }
        in.position(in.position() + SIZES[type] * length);
    }

    private void tensor() {
        int nameAt = in.position() + Long.BYTES;
        String name = string();
        int rank = in.getInt();
        int dimsAt = in.position();
        List<Long> dims = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            dims.add(in.getLong());
        }
        in.position(in.position() + Integer.BYTES + Long.BYTES);
        tensors.add(new TensorPlace(name, nameAt, dims, dimsAt));
    }
}
