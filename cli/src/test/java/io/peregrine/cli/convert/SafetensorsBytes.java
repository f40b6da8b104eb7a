package io.peregrine.cli.convert;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

    /// All tensors in one file.
    static void write(Path file, Map<String, Toy> tensors) throws IOException {
        SafetensorsBytes bytes = new SafetensorsBytes();
        tensors.forEach((name, toy) -> bytes.add(name, "F32", toy.shape(), toy.values()));
        Files.write(file, bytes.bytes());
    }

    /// The tensors in several files with an index.
    static void writeSharded(Path folder, Map<String, Toy> tensors, int files) throws IOException {
        ObjectNode index = MAPPER.createObjectNode();
        index.putObject("metadata").put("total_size", 1);
        ObjectNode map = index.putObject("weight_map");
        List<Map<String, Toy>> shards = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            shards.add(new LinkedHashMap<>());
        }
        int number = 0;
        for (Map.Entry<String, Toy> entry : tensors.entrySet()) {
            int shard = number++ % files;
            shards.get(shard).put(entry.getKey(), entry.getValue());
            map.put(entry.getKey(), "model-0000" + (shard + 1) + "-of-0000" + files + ".safetensors");
        }
        for (int i = 0; i < files; i++) {
            write(folder.resolve("model-0000" + (i + 1) + "-of-0000" + files + ".safetensors"), shards.get(i));
        }
        Files.writeString(folder.resolve("model.safetensors.index.json"), index.toString());
    }
}
