package io.peregrine.cli.convert;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.checkpoint.PickleBytes;
import io.peregrine.cli.checkpoint.SafetensorsBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes the tensors of toy checkpoints to files.
final class ToyFiles {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ToyFiles() {}

    /// One safetensors file.
    static void writeSafetensors(Path file, Map<String, Toy> tensors) throws IOException {
        SafetensorsBytes bytes = new SafetensorsBytes();
        tensors.forEach((name, toy) -> bytes.add(name, "F32", toy.shape(), toy.values()));
        Files.write(file, bytes.bytes());
    }

    /// Several safetensors files with an index.
    static void writeSharded(Path folder, Map<String, Toy> tensors, int files) throws IOException {
        List<Map<String, Toy>> shards = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            shards.add(new LinkedHashMap<>());
        }
        ObjectNode index = MAPPER.createObjectNode();
        index.putObject("metadata").put("total_size", 1);
        ObjectNode map = index.putObject("weight_map");
        int number = 0;
        for (Map.Entry<String, Toy> entry : tensors.entrySet()) {
            int shard = number++ % files;
            shards.get(shard).put(entry.getKey(), entry.getValue());
            map.put(entry.getKey(), shardName(shard, files));
        }
        for (int i = 0; i < files; i++) {
            writeSafetensors(folder.resolve(shardName(i, files)), shards.get(i));
        }
        Files.writeString(folder.resolve("model.safetensors.index.json"), index.toString());
    }

    private static String shardName(int index, int files) {
        return "model-0000" + (index + 1) + "-of-0000" + files + ".safetensors";
    }

    /// A state_dict as `torch.save` writes it.
    static void writePickle(Path file, Map<String, Toy> tensors) throws IOException {
        Files.write(file, stateDict(tensors).archive(false));
    }

    /// A state_dict under a name of another dictionary, as trainers save it.
    static void writePickleUnder(String name, Path file, Map<String, Toy> tensors) throws IOException {
        PickleBytes outer =
                new PickleBytes().code('}', '(').text("epoch").number(3).text(name);
        Files.write(file, outer.take(stateDict(tensors)).code('u').archive(true));
    }

    private static PickleBytes stateDict(Map<String, Toy> tensors) {
        PickleBytes pickle = new PickleBytes();
        pickle.global("collections", "OrderedDict").code(')', 'R', '(');
        int key = 0;
        for (Map.Entry<String, Toy> entry : tensors.entrySet()) {
            Toy toy = entry.getValue();
            String storage = Integer.toString(key++);
            pickle.text(entry.getKey()).storage(storage, PickleBytes.floats(toy.values()));
            long[] strides = PickleBytes.rowMajor(toy.shape());
            pickle.tensor("FloatStorage", storage, toy.values().length, 0, toy.shape(), strides);
        }
        return pickle.code('u').code('}').text("_metadata").code('}', 's', 'b');
    }
}
