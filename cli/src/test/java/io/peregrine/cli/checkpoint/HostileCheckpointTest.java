package io.peregrine.cli.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.PeregrineException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Checkpoints that are damaged, or made to harm: every one ends in an error with a text that says what is wrong.
class HostileCheckpointTest {

    private static final String NOTHING_ELSE = " is not supported; supported: tensors, parameters, dictionaries, lists,"
            + " tuples, texts and numbers; nothing else is built from a checkpoint, and nothing is executed";

    @TempDir
    private Path folder;

    /// @param expected the message after the name of the file
    private void assertRejected(String expected, byte... bytes) throws Exception {
        Path file = folder.resolve("x.bin");
        Files.write(file, bytes);
        PeregrineException e = assertThrows(
                PeregrineException.class, () -> Checkpoint.open(file).close());
        assertEquals(file + ": " + expected, e.getMessage());
    }

    private void assertHeader(String expected, String header, int data) throws Exception {
        assertRejected(expected, SafetensorsBytes.file(header, new byte[data]));
    }

    @Test
    void pickle_thatCallsTheSystem() throws Exception {
        PickleBytes pickle = new PickleBytes()
                .global("os", "system")
                .code('(')
                .text("touch /tmp/x")
                .code('t', 'R');
        assertRejected("pickle at byte 2: the Python name os.system" + NOTHING_ELSE, pickle.archive(false));
    }

    @Test
    void pickle_thatNamesBuiltins_evenIfNeverCalled() throws Exception {
        PickleBytes pickle = new PickleBytes().text("builtins").text("eval").code(0x93, '0', '}');
        assertRejected("pickle at byte 24: the Python name builtins.eval" + NOTHING_ELSE, pickle.archive(false));
    }

    @Test
    void pickle_thatCallsWhatIsNoFunction() throws Exception {
        assertRejected(
                "pickle at byte 9: found a call of the text 'x', expected a call of a known function",
                new PickleBytes().text("x").code(')', 'R').archive(false));
        assertRejected(
                "pickle at byte 23: found a call of F32, expected a call of a known function",
                new PickleBytes().global("torch", "FloatStorage").code(')', 'R').archive(false));
    }

    @Test
    void pickle_withUnknownInstructions() throws Exception {
        assertRejected(
                "the pickle's instruction 0x69 at byte 2 is not supported; supported: those that torch.save uses for"
                        + " tensors, dictionaries, lists, tuples, texts and numbers",
                new PickleBytes().code('i').archive(false));
        assertRejected(
                "protocol 6 of the pickle at byte 2 is not supported; supported: up to 5",
                new PickleBytes().code(0x80, 6).archive(false));
    }

    @Test
    void pickle_nestedDeeply() throws Exception {
        PickleBytes pickle = new PickleBytes();
        for (int i = 0; i < 100_000; i++) {
            pickle.code('}').text("a");
        }
        pickle.code('N');
        for (int i = 0; i < 100_000; i++) {
            pickle.code('s');
        }
        assertRejected(
                "pickle: deeper nesting of dictionaries exceeds the limit of 16 levels; this is no usual checkpoint",
                pickle.archive(false));
    }

    /// A list of ten lists, each of which is the same list of ten, and so on.
    @Test
    void pickle_thatGrowsWhenItIsWalked() throws Exception {
        PickleBytes pickle = new PickleBytes().code('}').text("a").code('N', 'q', 0, '0');
        for (int level = 1; level <= 15; level++) {
            pickle.code(']', '(');
            for (int i = 0; i < 10; i++) {
                pickle.code('h', level - 1);
            }
            pickle.code('e', 'q', level, '0');
        }
        assertRejected(
                "pickle: more objects exceeds the limit of 1000000 objects; this is no usual checkpoint",
                pickle.code('h', 15, 's').archive(false));
    }

    @Test
    void pickle_thatHoldsItself() throws Exception {
        assertRejected(
                "pickle: deeper nesting of dictionaries exceeds the limit of 16 levels; this is no usual checkpoint",
                new PickleBytes().code('}', 'q', 0).text("a").code('h', 0, 's').archive(false));
    }

    @Test
    void pickle_withLengthsBeyondItsEnd() throws Exception {
        assertRejected(
                "pickle at byte 7: found the end after 1 bytes, expected 4294967295 bytes; is the download complete?",
                new PickleBytes().code('X').int32(-1).archive(false));
        assertRejected(
                "pickle at byte 11: found the end after 1 bytes, expected 18446744073709551615 bytes; is the download"
                        + " complete?",
                new PickleBytes()
                        .code(0x8d, 255, 255, 255, 255, 255, 255, 255, 255)
                        .archive(false));
        assertRejected(
                "pickle at byte 2: found a number of 9 bytes, expected at most 8",
                new PickleBytes().code(0x8a, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9).archive(false));
    }

    @Test
    void pickle_withNothingWhereSomethingIsNeeded() throws Exception {
        assertRejected("pickle at byte 2: found an empty stack, expected an object", new PickleBytes().archive(false));
        assertRejected(
                "pickle at byte 2: found no mark on the stack, expected one",
                new PickleBytes().code('t').archive(false));
        assertRejected(
                "pickle at byte 2: found the remembered object 7, expected one of the 0 that were remembered",
                new PickleBytes().code('h', 7).archive(false));
        assertRejected(
                "pickle at byte 4: found None that is appended to, expected a list",
                new PickleBytes().code('N', 'N', 'a').archive(false));
        assertRejected(
                "pickle at byte 5: found a tuple of 0 as a key, expected a text or a number",
                new PickleBytes().code('}', ')', 'N', 's').archive(false));
        assertRejected(
                "pickle: found a list, expected a dictionary of tensors",
                new PickleBytes().code(']').archive(false));
        assertRejected(
                "pickle: found no tensors, expected a dictionary of tensors",
                new PickleBytes().code('}').archive(false));
    }

    private void assertTensor(String expected, long count, long offset, long[] shape, long... strides)
            throws Exception {
        PickleBytes pickle =
                new PickleBytes().storage("0", new byte[24]).code('}').text("w");
        pickle.tensor("FloatStorage", "0", count, offset, shape, strides).code('s');
        assertRejected(expected, pickle.archive(false));
    }

    @Test
    void pickle_withTensorsOutsideOfTheirStorage() throws Exception {
        assertTensor(
                "entry archive/data/0: found 24 bytes, expected 7 elements of 4 bytes; is the download complete?",
                7,
                0,
                new long[] {6},
                1);
        assertTensor(
                "entry archive/data/0: found 24 bytes, expected 4611686018427387905 elements of 4 bytes; is the"
                        + " download complete?",
                (1L << 62) + 1,
                0,
                new long[] {6},
                1);
        assertTensor(
                "pickle at byte 155: found shape [2, 3], strides [4, 1] and offset 0 in a storage of 6 elements,"
                        + " expected a tensor within its storage",
                6,
                0,
                new long[] {2, 3},
                4,
                1);
        assertTensor(
                "pickle at byte 145: found shape [6], strides [1] and offset 1 in a storage of 6 elements, expected a"
                        + " tensor within its storage",
                6,
                1,
                new long[] {6},
                1);
        assertTensor(
                "pickle at byte 155: found shape [4294967296], strides [4294967296] and offset 0 in a storage of 6"
                        + " elements, expected a tensor within its storage",
                6,
                0,
                new long[] {1L << 32},
                1L << 32);
        assertTensor(
                "pickle at byte 165: found a tensor of 2^63 elements or more, expected a tensor within its storage",
                6,
                0,
                new long[] {1L << 32, 1L << 32},
                0,
                0);
        assertTensor(
                "pickle at byte 145: found a number among the sizes, expected a number from 0 on",
                6,
                0,
                new long[] {-6},
                1);
        assertTensor(
                "pickle at byte 150: found offset 0 and strides [1, 1] for a tensor of shape [6], expected a tensor"
                        + " within its storage",
                6,
                0,
                new long[] {6},
                1,
                1);
    }

    @Test
    void archive_thatIsDamaged() throws Exception {
        byte[] good = new PickleBytes().code('}').archive(false);
        assertRejected(
                "end of the file: found no directory of a zip archive, expected one; is the download complete?",
                Arrays.copyOf(good, good.length - 1));
        assertRejected(
                "archive: found no data.pkl, expected what torch.save writes",
                new ZipBytes(false).add("readme.txt", (byte) 'x').bytes());
        assertRejected(
                "entry archive/data.pkl, which is compressed, is not supported; supported: entries that are stored as"
                        + " they are, as torch.save writes them",
                new ZipBytes(false).add("archive/data.pkl", 0, 8, (byte) 'x').bytes());
        assertRejected(
                "entry archive/data.pkl, which is encrypted, is not supported; supported: entries that are stored as"
                        + " they are, as torch.save writes them",
                new ZipBytes(false).add("archive/data.pkl", 1, 0, (byte) 'x').bytes());
        assertRejected(
                "directory entry 1: found the name 'archive/data.pkl' again, expected each name once",
                new ZipBytes(false)
                        .add("archive/data.pkl")
                        .add("archive/data.pkl")
                        .bytes());
        assertRejected(
                "the byte order big is not supported; supported: little",
                new ZipBytes(false)
                        .add("archive/data.pkl", (byte) '}', (byte) '.')
                        .add("archive/byteorder", "big".getBytes(StandardCharsets.US_ASCII))
                        .bytes());
    }

    /// Numbers in the directory that lead nowhere.
    @Test
    void archive_withWrongNumbers() throws Exception {
        byte[] good = new ZipBytes(false)
                .add("archive/data.pkl", (byte) '}', (byte) '.')
                .bytes();
        int end = good.length - 22;
        byte[] offset = good.clone();
        ByteBuffer.wrap(offset).order(ByteOrder.LITTLE_ENDIAN).putInt(end + 16, 1 << 30);
        assertRejected(
                "directory of the archive: found offset 1073741824, expected at most 149, the size of the file; is the"
                        + " download complete?",
                offset);
        byte[] count = good.clone();
        ByteBuffer.wrap(count).order(ByteOrder.LITTLE_ENDIAN).putShort(end + 10, (short) 500);
        assertRejected(
                "directory of the archive at byte 65: found 500 entries in 62 bytes, expected entries of at least 46"
                        + " bytes within the 84 that follow; is the download complete?",
                count);
        byte[] size = good.clone();
        ByteBuffer.wrap(size)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(65 + 20, 1 << 20)
                .putInt(65 + 24, 1 << 20);
        assertRejected(
                "entry archive/data.pkl at byte 63: found the end after 86 bytes, expected 1048576 bytes; is the"
                        + " download complete?",
                size);
        byte[] local = good.clone();
        ByteBuffer.wrap(local).order(ByteOrder.LITTLE_ENDIAN).putInt(65 + 42, 10);
        assertRejected(
                "entry archive/data.pkl at byte 10: found 0x0, expected 0x4034b50; is the download complete?", local);
    }

    @Test
    void legacyFormat_isNamed() throws Exception {
        byte[] head = {
            (byte) 0x80,
            2,
            (byte) 0x8a,
            10,
            'l',
            (byte) 0xfc,
            (byte) 0x9c,
            'F',
            (byte) 0xf9,
            ' ',
            'j',
            (byte) 0xa8,
            'P',
            0x19,
            '.'
        };
        assertRejected(
                "PyTorch's format of before version 1.6 is not supported; supported: its zip format: in Python,"
                        + " torch.save(torch.load(old, map_location='cpu', weights_only=True), new)",
                head);
    }

    @Test
    void otherFiles_areNamed() throws Exception {
        String expected =
                ", expected a safetensors file, or a zip archive as torch.save writes it; is the download complete?";
        assertRejected("beginning: found an empty file" + expected);
        assertRejected(
                "beginning: found neither a zip archive nor a safetensors header" + expected,
                "GGUF".getBytes(StandardCharsets.US_ASCII));
        assertRejected(
                "beginning: found a Git-LFS pointer, which stands for the file, expected weights; run `git lfs pull`",
                "version https://git-lfs.github.com/spec/v1".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void safetensors_headerLongerThanTheFile() throws Exception {
        byte[] bytes = SafetensorsBytes.file("{}");
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 3);
        assertRejected(
                "length of the header: found 3 bytes, expected at most the 2 bytes that follow; is the download"
                        + " complete?",
                bytes);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, -1);
        assertRejected(
                "length of the header: found 18446744073709551615 bytes, expected at most the 2 bytes that follow; is"
                        + " the download complete?",
                bytes);
    }

    private static String entry(String name, String type, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    }

    @Test
    void safetensors_rangesThatOverlapOrLeaveGaps() throws Exception {
        String a = entry("a", "F32", "[2]", "[0,8]");
        assertHeader(
                "tensor b, data_offsets: found [4, 12], which overlaps with tensor a, expected a range of its own from"
                        + " 8 on",
                "{" + a + "," + entry("b", "F32", "[2]", "[4,12]") + "}",
                12);
        assertHeader(
                "tensor b, data_offsets: found [0, 8], which overlaps with tensor a, expected a range of its own from"
                        + " 8 on",
                "{" + a + "," + entry("b", "F32", "[2]", "[0,8]") + "}",
                8);
        assertHeader(
                "tensor b, data_offsets: found [12, 16], after 4 bytes of no tensor, expected a range from 8 on, behind"
                        + " tensor a",
                "{" + a + "," + entry("b", "F32", "[1]", "[12,16]") + "}",
                16);
        assertHeader("the end: found 3 bytes of no tensor, expected nothing after tensor a", "{" + a + "}", 11);
    }

    @Test
    void safetensors_rangesOutsideOfTheFile() throws Exception {
        String expected = ", expected a range within the 8 bytes after the header; is the download complete?";
        assertHeader(
                "tensor a, data_offsets: found [0, 16]" + expected, "{" + entry("a", "F32", "[4]", "[0,16]") + "}", 8);
        assertHeader(
                "tensor a, data_offsets: found [8, 0]" + expected, "{" + entry("a", "F32", "[2]", "[8,0]") + "}", 8);
        assertHeader(
                "tensor a, data_offsets: found '-8' as element 0, expected at most 2 numbers from 0 to 2^63 - 1",
                "{" + entry("a", "F32", "[2]", "[-8,0]") + "}",
                8);
        assertHeader(
                "tensor a, data_offsets: found '9223372036854775808' as element 0, expected at most 2 numbers from 0 to"
                        + " 2^63 - 1",
                "{" + entry("a", "F32", "[2]", "[9223372036854775808,0]") + "}",
                8);
    }

    @Test
    void safetensors_shapesThatDoNotFit() throws Exception {
        assertHeader(
                "tensor a, data_offsets: found [0, 8], 8 bytes, expected 4 elements of 4 bytes for shape [2, 2] of"
                        + " type F32",
                "{" + entry("a", "F32", "[2,2]", "[0,8]") + "}",
                8);
        assertHeader(
                "tensor a, data_offsets: found [0, 7], 7 bytes, expected 3 elements of 2 bytes for shape [3] of type"
                        + " F16",
                "{" + entry("a", "F16", "[3]", "[0,7]") + "}",
                7);
        assertHeader(
                "tensor a, shape: found [4294967296, 4294967296], expected fewer than 2^63 elements",
                "{" + entry("a", "F32", "[4294967296,4294967296]", "[0,0]") + "}",
                0);
        assertHeader(
                "tensor a, shape: found '1' as element 8, expected at most 8 numbers from 0 to 2^63 - 1",
                "{" + entry("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") + "}",
                4);
        assertHeader(
                "tensor a of type 'F8_E4M3' is not supported; supported: F64, F32, F16, BF16, I64, I32, I16, I8, U8,"
                        + " BOOL",
                "{" + entry("a", "F8_E4M3", "[4]", "[0,4]") + "}",
                4);
    }

    @Test
    void safetensors_headersThatAreNoHeaders() throws Exception {
        assertHeader("tensor a: found no object, expected a JSON object", "{\"a\":1}", 0);
        assertHeader(
                "tensor a: found an incomplete entry, expected dtype, shape and two data_offsets",
                "{\"a\":{\"dtype\":\"F32\"}}",
                0);
        assertHeader(
                "tensor a: found the field 'call', expected dtype, shape and data_offsets", "{\"a\":{\"call\":1}}", 0);
        assertHeader(
                "the header at byte 57: found 'Duplicate field 'a'' from the parser, expected valid JSON; is the"
                        + " download complete?",
                "{" + entry("a", "F32", "[1]", "[0,4]") + "," + entry("a", "F32", "[1]", "[4,8]") + "}",
                8);
        assertHeader("the header: found more after its object, expected one object", "{} {}", 0);
    }

    /// Every cut of a small archive and of a small safetensors file, and many changes of single bytes: an error, or a
    /// checkpoint, and nothing else.
    @Test
    void everyCut_andManyChanges_endInAnErrorOrACheckpoint() {
        PickleBytes pickle =
                new PickleBytes().storage("0", new byte[24]).code('}').text("w");
        pickle.tensor("FloatStorage", "0", 6, 0, new long[] {2, 3}, new long[] {3, 1})
                .code('s');
        byte[] safetensors = new SafetensorsBytes()
                .add("a", "F32", new long[] {2, 3}, new float[6])
                .bytes();
        for (byte[] good : new byte[][] {pickle.archive(false), pickle.archive(true), safetensors}) {
            for (int length = 0; length < good.length; length++) {
                MemorySegment cut = MemorySegment.ofArray(Arrays.copyOf(good, length));
                assertThrows(PeregrineException.class, () -> Checkpoint.read("x.bin", cut));
            }
            Random random = new Random(7);
            int accepted = 0;
            for (int i = 0; i < 3000; i++) {
                byte[] changed = good.clone();
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
                try {
                    Checkpoint.read("x.bin", MemorySegment.ofArray(changed));
                    accepted++;
                } catch (PeregrineException e) {
                    assertTrue(e.getMessage().startsWith("x.bin: "), e.getMessage());
                }
            }
            assertTrue(accepted > 100 && accepted < 2900, "accepted " + accepted);
        }
    }
}
