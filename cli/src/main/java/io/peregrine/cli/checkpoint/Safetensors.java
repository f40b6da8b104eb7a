package io.peregrine.cli.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Printable;
import io.peregrine.core.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads a safetensors file: the length of a header, the header in JSON, and the bytes of all tensors without gaps
/// or overlaps.
///
/// Source: the format's description in `huggingface/safetensors : README.md`.
final class Safetensors {

    private static final long LONGEST_HEADER = 100_000_000;
    private static final int MOST_TENSORS = 1_000_000;
    private static final int MOST_AXES = 8;

    private record Item(String name, ElementType type, Shape shape, long begin, long end) {}

    private final String file;
    private final MemorySegment bytes;
    private final List<Item> items = new ArrayList<>();

    private Safetensors(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    /// The tensors of a file in the order of its header.
    static Map<String, StoredTensor> read(String file, MemorySegment bytes) {
        return new Safetensors(file, bytes).read();
    }

    private Map<String, StoredTensor> read() {
        ByteReader reader = new ByteReader(file, bytes);
        long length = reader.bits64("length of the header");
        if (length < 0 || length > reader.left()) {
            throw new ModelFormatException(
                    file,
                    "length of the header",
                    Long.toUnsignedString(length) + " bytes",
                    "at most the " + reader.left() + " bytes that follow",
                    ByteReader.COMPLETE);
        }
        if (length > LONGEST_HEADER) {
            throw new ResourceLimitException(
                    file + ": the header", length + " bytes", LONGEST_HEADER + " bytes", "this is no usual file");
        }
        byte[] header = reader.take(length, "the header");
        MemorySegment data = bytes.asSlice(reader.at());
        try (JsonParser json = JsonFile.FACTORY.createParser(header)) {
            object(json, "the header");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                if (name.equals("__metadata__")) {
                    json.nextToken();
                    json.skipChildren();
                } else {
                    items.add(item(json, name, data.byteSize()));
                }
            }
            if (json.nextToken() != null) {
                throw wrong("the header", "more after its object", "one object");
            }
        } catch (JsonProcessingException e) {
            throw JsonFile.malformed(file, "the header", e);
        } catch (IOException e) {
            // It reads from memory.
            throw new UncheckedIOException(e);
        }
        checkCover(data.byteSize());
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (Item item : items) {
            MemorySegment segment = data.asSlice(item.begin, item.end - item.begin);
            tensors.put(item.name, StoredTensor.inOrder(item.type, item.shape, segment));
        }
        return tensors;
    }

    private Item item(JsonParser json, String name, long dataBytes) throws IOException {
        String where = "tensor " + Printable.of(name);
        if (items.size() >= MOST_TENSORS) {
            throw new ResourceLimitException(
                    file + ": tensors", "more", Integer.toString(MOST_TENSORS), "this is no usual file");
        }
        object(json, where);
        ElementType type = null;
        Shape shape = null;
        long[] offsets = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "dtype" -> type = type(json, where);
                case "shape" -> shape = shape(numbers(json, where + ", shape", MOST_AXES), where);
                case "data_offsets" -> offsets = numbers(json, where + ", data_offsets", 2);
                default ->
                    throw wrong(where, "the field '" + Printable.of(field) + "'", "dtype, shape and data_offsets");
            }
        }
        if (type == null || shape == null || offsets == null || offsets.length != 2) {
            throw wrong(where, "an incomplete entry", "dtype, shape and two data_offsets");
        }
        checkRange(where, type, shape, offsets, dataBytes);
        return new Item(name, type, shape, offsets[0], offsets[1]);
    }

    private ElementType type(JsonParser json, String where) throws IOException {
        String name = json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : "";
        ElementType type = ElementType.named(name);
        if (type == null) {
            throw new UnsupportedModelException(
                    file, where + " of type '" + Printable.of(name) + "'", ElementType.all());
        }
        return type;
    }

    private Shape shape(long[] dims, String where) {
        try {
            return Shape.of(dims);
        } catch (ArithmeticException e) {
            throw wrong(where + ", shape", Arrays.toString(dims), "fewer than 2^63 elements");
        }
    }

    private long[] numbers(JsonParser json, String where, int most) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw wrong(where, "no array", "an array of numbers");
        }
        long[] numbers = new long[most];
        int count = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            boolean fits = json.currentToken() == JsonToken.VALUE_NUMBER_INT
                    && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                    && json.getLongValue() >= 0;
            if (!fits || count == most) {
                throw wrong(
                        where,
                        "'" + Printable.of(json.getText()) + "' as element " + count,
                        "at most " + most + " numbers from 0 to 2^63 - 1");
            }
            numbers[count++] = json.getLongValue();
        }
        return Arrays.copyOf(numbers, count);
    }

    private void checkRange(String where, ElementType type, Shape shape, long[] offsets, long dataBytes) {
        String place = where + ", data_offsets";
        String found = Arrays.toString(offsets);
        if (offsets[0] > offsets[1] || offsets[1] > dataBytes) {
            throw new ModelFormatException(
                    file,
                    place,
                    found,
                    "a range within the " + dataBytes + " bytes after the header",
                    ByteReader.COMPLETE);
        }
        long room = (offsets[1] - offsets[0]) / type.bytes();
        if (shape.elements() != room || (offsets[1] - offsets[0]) % type.bytes() != 0) {
            throw wrong(
                    place,
                    found + ", " + (offsets[1] - offsets[0]) + " bytes",
                    shape.elements() + " elements of " + type.bytes() + " bytes for shape " + shape + " of type "
                            + type);
        }
    }

    /// The ranges must follow each other and make up all of the data.
    private void checkCover(long dataBytes) {
        List<Item> sorted = new ArrayList<>(items);
        sorted.sort(Comparator.comparingLong(Item::begin).thenComparingLong(Item::end));
        long end = 0;
        String before = "the header";
        for (Item item : sorted) {
            String where = "tensor " + Printable.of(item.name) + ", data_offsets";
            String found = "[" + item.begin + ", " + item.end + "]";
            if (item.begin < end) {
                throw wrong(where, found + ", which overlaps with " + before, "a range of its own from " + end + " on");
            }
            if (item.begin > end) {
                throw wrong(
                        where,
                        found + ", after " + (item.begin - end) + " bytes of no tensor",
                        "a range from " + end + " on, behind " + before);
            }
            end = item.end;
            before = "tensor " + Printable.of(item.name);
        }
        if (end != dataBytes) {
            throw wrong("the end", (dataBytes - end) + " bytes of no tensor", "nothing after " + before);
        }
    }

    private void object(JsonParser json, String where) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw wrong(where, "no object", "a JSON object");
        }
    }

    private ModelFormatException wrong(String where, String found, String expected) {
        return new ModelFormatException(file, where, found, expected, "");
    }
}
