package io.peregrine.cli.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Writes safetensors files.
public final class SafetensorsBytes {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ObjectNode header = MAPPER.createObjectNode();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    public SafetensorsBytes() {
        header.putObject("__metadata__").put("format", "pt");
    }

    public SafetensorsBytes add(String name, String type, long[] shape, float... values) {
        int begin = data.size();
        for (float value : values) {
            data.writeBytes(bytes(type, value));
        }
        ObjectNode entry = header.putObject(name).put("dtype", type);
        ArrayNode dims = entry.putArray("shape");
        for (long dim : shape) {
            dims.add(dim);
        }
        entry.putArray("data_offsets").add(begin).add(data.size());
        return this;
    }

    private static byte[] bytes(String type, float value) {
        ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        switch (type) {
            case "F32" -> bytes.putFloat(value);
            case "F16" -> bytes.putShort(Float.floatToFloat16(value));
            case "BF16" -> bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
            case "F64" -> bytes.putDouble(value);
            case "I64" -> bytes.putLong((long) value);
            case "I32" -> bytes.putInt((int) value);
            case "I16" -> bytes.putShort((short) value);
            default -> bytes.put((byte) (int) value);
        }
        byte[] used = new byte[bytes.position()];
        bytes.flip().get(used);
        return used;
    }

    public byte[] bytes() {
        return file(header.toString(), data.toByteArray());
    }

    /// A file of any header, right or wrong.
    public static byte[] file(String header, byte... data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(data)
                .array();
    }
}
