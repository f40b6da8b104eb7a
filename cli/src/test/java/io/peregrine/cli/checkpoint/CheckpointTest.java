package io.peregrine.cli.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.core.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What readers make of well-formed files.
class CheckpointTest {

    @TempDir
    private Path folder;

    private static float[] all(Values values) {
        float[] all = new float[(int) values.shape().elements()];
        values.read(0, all.length, all, 0);
        return all;
    }

    @ParameterizedTest
    @CsvSource({"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"})
    void safetensors_everyType(String type) throws Exception {
        float[] values = type.equals("BOOL") ? new float[] {0, 1, 1} : new float[] {0, 1, type.equals("U8") ? 200 : -3};
        byte[] bytes = new SafetensorsBytes()
                .add("a", "F32", new long[] {1}, 7)
                .add("b", type, new long[] {3, 1}, values)
                .bytes();
        Files.write(folder.resolve("x.safetensors"), bytes);
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            StoredTensor tensor = checkpoint.tensors().get("b");
            assertEquals(type + " [3, 1]", tensor.toString());
            assertArrayEquals(values, all(tensor));
            float[] part = {9, 9, 9};
            tensor.read(1, 2, part, 1);
            assertArrayEquals(new float[] {9, values[1], values[2]}, part);
        }
    }

    /// A transposed view, one that begins inside of its storage, one that repeats its rows, a scalar, a parameter, and
    /// dictionaries in dictionaries; all of one storage.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pickle_viewsShareAStorage(boolean zip64) throws Exception {
        PickleBytes pickle = new PickleBytes().storage("0", PickleBytes.floats(0, 1, 2, 3, 4, 5));
        pickle.code('}', '(').text("model").code('}', '(');
        pickle.text("turned").tensor("FloatStorage", "0", 6, 0, new long[] {3, 2}, new long[] {1, 3});
        pickle.text("inside").tensor("FloatStorage", "0", 6, 2, new long[] {2, 2}, new long[] {2, 1});
        pickle.text("repeated").tensor("FloatStorage", "0", 6, 1, new long[] {2, 3}, new long[] {0, 2});
        pickle.text("cube").tensor("FloatStorage", "0", 6, 0, new long[] {3, 1, 2}, new long[] {1, 6, 3});
        pickle.text("scalar").tensor("FloatStorage", "0", 6, 5, new long[0], new long[0]);
        pickle.text("deeper")
                .code('}', '(')
                .text("0")
                .global("torch._utils", "_rebuild_parameter")
                .code('(');
        pickle.tensor("FloatStorage", "0", 6, 0, new long[] {6}, new long[] {1});
        pickle.code(0x88).global("collections", "OrderedDict").code(')', 'R', 't', 'R', 'u');
        pickle.code('u').text("epoch").number(1L << 40).text("lr").code('G', 0, 0, 0, 0, 0, 0, 0, 0);
        pickle.text("names")
                .code(']', '(')
                .text("a")
                .code('N', 'e')
                .text("pair")
                .number(1)
                .number(2)
                .code(0x86, 'u');
        Files.write(folder.resolve("x.pth"), pickle.archive(zip64));
        try (Checkpoint checkpoint = Checkpoint.open(folder.resolve("x.pth"))) {
            assertEquals(
                    Set.of("turned", "inside", "repeated", "cube", "scalar", "deeper.0"),
                    checkpoint.tensors().keySet());
            StoredTensor turned = checkpoint.tensors().get("turned");
            assertArrayEquals(new float[] {0, 3, 1, 4, 2, 5}, all(turned));
            assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, all(turned.transposed()));
            float[] part = new float[3];
            turned.read(1, 3, part, 0);
            assertArrayEquals(new float[] {3, 1, 4}, part);
            assertArrayEquals(new float[] {2, 3, 4, 5}, all(checkpoint.tensors().get("inside")));
            assertArrayEquals(
                    new float[] {1, 3, 5, 1, 3, 5}, all(checkpoint.tensors().get("repeated")));
            assertArrayEquals(
                    new float[] {0, 3, 1, 4, 2, 5}, all(checkpoint.tensors().get("cube")));
            assertArrayEquals(new float[] {5}, all(checkpoint.tensors().get("scalar")));
            assertEquals(Shape.of(6), checkpoint.tensors().get("deeper.0").shape());
        }
    }

    /// Framing, short texts, remembered objects and names from the stack: what newer protocols write.
    @Test
    void pickle_ofProtocol4() throws Exception {
        PickleBytes pickle = new PickleBytes().code(0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0);
        pickle.storage("s", PickleBytes.floats(1.5f, -2));
        pickle.code('}', 0x94, '(', 0x8c, 1, 'w', 0x94);
        pickle.text("torch._utils").text("_rebuild_tensor_v2").code(0x93, 0x94, '(');
        pickle.code('(')
                .text("storage")
                .text("torch")
                .text("FloatStorage")
                .code(0x93)
                .text("s")
                .text("cpu")
                .code('K', 2);
        pickle.code('t', 'Q', 'K', 0, 'K', 2, 0x85, 'K', 1, 0x85, 0x89, '}', 't', 'R');
        pickle.text("again").code('h', 1, 'N', '0', 'u');
        // "again" names the remembered text, which is no tensor and is left out.
        Files.write(folder.resolve("x.bin"), pickle.archive(false));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(Set.of("w"), checkpoint.tensors().keySet());
            assertArrayEquals(new float[] {1.5f, -2}, all(checkpoint.tensors().get("w")));
        }
    }

    @Test
    void pickle_ofHalves() throws Exception {
        ByteBuffer halves = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        halves.putShort(Float.floatToFloat16(0.5f)).putShort(Float.floatToFloat16(-3));
        PickleBytes pickle =
                new PickleBytes().storage("0", halves.array()).code('}').text("w");
        pickle.tensor("HalfStorage", "0", 2, 0, new long[] {2}, new long[] {1}).code('s');
        Files.write(folder.resolve("x.pt"), pickle.archive(false));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertArrayEquals(new float[] {0.5f, -3}, all(checkpoint.tensors().get("w")));
        }
    }
}
