package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the command line makes of bad files: exit code 1, one line on standard error with the whole message, nothing on
/// standard output. Every kind of error is among them.
class BadFilesTest {

    private static final String HEADER = "GGUF\3\0\0\0";

    @TempDir
    private Path folder;

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// The bundled model or vision file with other bytes behind a text that is in it once.
    private Path changed(String source, String text, int distance, int... values) throws IOException {
        byte[] bytes = Files.readAllBytes(Path.of(source));
        String all = new String(bytes, StandardCharsets.ISO_8859_1);
        int at = all.indexOf(text) + text.length() + distance;
        for (int i = 0; i < values.length; i++) {
            bytes[at + i] = (byte) values[i];
        }
        return file("changed.gguf", bytes);
    }

    private static void assertRefused(String message, String... arguments) {
        assertEquals(new Outcome(1, "", "peregrine: " + message + "\n"), Outcome.of(arguments));
    }

    private static void assertModelRefused(Path model, String message) {
        assertRefused(message, "run", "-m", model.toString(), "-p", "a");
    }

    private static void assertVisionRefused(Path mmproj, String message) {
        assertRefused(message, "run", "-m", Outcome.MODEL, "--mmproj", mmproj.toString(), "-p", "a");
    }

    @Test
    @DisplayName("1 empty-file: on the command line")
    void emptyFile() throws IOException {
        Path file = file("empty.gguf", new byte[0]);
        String message = file + ": header: found 0 bytes, expected at least 24; is the download complete?";
        assertRefused(message, "inspect", file.toString());
        assertRefused(message, "run", "-m", file.toString(), "-p", "a");
        assertRefused(message, "chat", "-m", file.toString());
        assertRefused(message, "tokenize", "-m", file.toString(), "-p", "a");
    }

    @Test
    @DisplayName("3 wrong-magic: on the command line")
    void wrongMagic() throws IOException {
        Path file = file("model.gguf", bytes("PK\3\4" + "x".repeat(60)));
        assertRefused(
                file + ": magic at byte 0: found \"PK\\u{3}\\u{4}\", which looks like a zip archive, as PyTorch"
                        + " checkpoints are, expected \"GGUF\"; convert it to GGUF first, or look for a GGUF file of the"
                        + " same model",
                "inspect",
                file.toString());
    }

    @Test
    @DisplayName("4 version-0/1/future: on the command line")
    void version() throws IOException {
        Path file = file("model.gguf", bytes("GGUF\4\0\0\0" + "\0".repeat(16)));
        assertRefused(
                file + ": GGUF version 4 is not supported; supported: versions 2 and 3", "inspect", file.toString());
    }

    @Test
    @DisplayName("11 array-nested-bomb: on the command line")
    void nestedBomb() throws IOException {
        String arrays = "\11\0\0\0\1\0\0\0\0\0\0\0".repeat(10_000);
        String head = HEADER + "\0".repeat(8) + "\1\0\0\0\0\0\0\0" + "\1\0\0\0\0\0\0\0a" + "\11\0\0\0";
        Path file = file("model.gguf", bytes(head + arrays));
        assertRefused(
                file + ": key a, array at byte 133: nesting 9 exceeds the limit of 8; if you trust the file, raise"
                        + " GgufLimits.nesting",
                "inspect",
                file.toString());
    }

    @Test
    @DisplayName("25 data-one-byte-short: on the command line")
    void cutShort() throws IOException {
        byte[] whole = Files.readAllBytes(Path.of(Outcome.MMPROJ));
        Path file = file("cut.gguf", Arrays.copyOf(whole, whole.length / 2));
        Outcome run = Outcome.of("run", "-m", Outcome.MODEL, "--mmproj", file.toString(), "-p", "a");
        assertEquals(1, run.exit());
        assertTrue(
                run.err().matches("peregrine: " + file + ": tensor data at byte \\d+: found a file of "
                        + whole.length / 2 + " bytes, expected \\d+ up to the end of tensor \\S+; is the download"
                        + " complete\\?\n"),
                run.err());
    }

    @Test
    @DisplayName("26 trailing-garbage: on the command line")
    void trailingGarbage() throws IOException {
        byte[] whole = Files.readAllBytes(Path.of(Outcome.MMPROJ));
        Path file = file("long.gguf", Arrays.copyOf(whole, whole.length + 77));
        Outcome run = Outcome.of("inspect", file.toString());
        assertEquals(0, run.exit());
        assertEquals("warning: " + file + ": 77 bytes after the last tensor are not used\n", run.err());
    }

    @Test
    @DisplayName("28 path-is-directory / unreadable / pipe: on the command line")
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void noRegularFile() throws IOException, InterruptedException {
        assertRefused(
                folder + ": is a directory; give the path of a .gguf file in it", "inspect", folder.toString());
        Path absent = folder.resolve("absent.gguf");
        assertModelRefused(absent, absent + ": there is no such file or directory; check the path");
        Path pipe = folder.resolve("pipe.gguf");
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/mkfifo")), "this system has no /usr/bin/mkfifo");
        assertEquals(0, new ProcessBuilder("/usr/bin/mkfifo", pipe.toString()).start().waitFor());
        assertModelRefused(
                pipe, pipe + ": is a pipe or a device; models are mapped into memory: save it as a file first");
        assertVisionRefused(
                pipe, pipe + ": is a pipe or a device; models are mapped into memory: save it as a file first");
    }

    @Test
    @DisplayName("29 architecture-unknown: on the command line")
    void architectureUnknown() throws IOException {
        Path file = changed(Outcome.MODEL, "general.architecture", 12, 'l', 'l', '\n', 27, 'a');
        assertModelRefused(
                file,
                file + ": architecture 'll\\u{a}\\u{1b}a' is not supported; supported: gemma3, granite, lfm2, llama,"
                        + " minicpm, persimmon, phi2, qwen, qwen2, qwen2vl, qwen3, qwen3vl");
    }

    @Test
    @DisplayName("31 hyperparameter-absurd: on the command line")
    void headsZero() throws IOException {
        Path file = changed(Outcome.MODEL, "llama.attention.head_count", 4, 0, 0, 0, 0);
        Outcome run = Outcome.of("run", "-m", file.toString(), "-p", "a");
        assertEquals(1, run.exit());
        assertTrue(
                run.err().matches("peregrine: " + file + ": key llama.attention.head_count at byte \\d+: found 0, expected"
                        + " a number from 1 to 4096\n"),
                run.err());
    }

    @Test
    @DisplayName("32 tensor-missing / tensor-shape-swapped: on the command line")
    void tensorMissing() throws IOException {
        Path file = changed(Outcome.MODEL, "blk.2.attn_q", 0, 'x');
        assertModelRefused(
                file,
                file + ": tensor blk.2.attn_q.weight: found nothing, expected shape [256, 256]; the file is incomplete, or"
                        + " it is not of the architecture that it names");
    }

    @Test
    @DisplayName("33 nan-weights: on the command line")
    void nanWeights() {
        ByteBuffer blocks = ByteBuffer.allocate(8 * 34).order(ByteOrder.LITTLE_ENDIAN);
        blocks.putShort(5 * 34, (short) 0x7e00);
        Path file = folder.resolve("nan.gguf");
        new GgufWriter()
                .string("general.architecture", "llama")
                .tensor("good", TensorType.F32, Shape.of(4), MemorySegment.ofArray(new byte[16]))
                .tensor("blk.0.attn_q.weight", TensorType.Q8_0, Shape.of(4, 64), MemorySegment.ofBuffer(blocks))
                .write(file);
        assertEquals(0, Outcome.of("inspect", file.toString()).exit());
        String message = file + ": tensor blk.0.attn_q.weight, block 5, row 2, column 32: found NaN, expected finite"
                + " numbers; 1 of 2 tensors have such numbers: download the file again, or convert it to a wider type";
        assertRefused(message, "inspect", "--check-tensors", file.toString());
        assertRefused(message, "inspect", "--json", "--check-tensors", file.toString());
        assertRefused(message, "run", "--check-tensors", "-m", file.toString(), "-p", "a");
        assertRefused(
                message, "run", "--check-tensors", "-m", Outcome.MODEL, "--mmproj", file.toString(), "-p", "a");
    }

    @Test
    @DisplayName("33 nan-weights: finite ones on the command line")
    void finiteWeights() {
        Outcome run = Outcome.of("inspect", "--check-tensors", Outcome.MMPROJ);
        assertEquals(0, run.exit());
        assertTrue(run.out().contains("\nweights   all numbers are finite\n"), run.out());
        Outcome json = Outcome.of("inspect", "--json", "--check-tensors", Outcome.MMPROJ);
        assertTrue(json.out().contains("\"weights_finite\" : true"), json.out());
    }

    @Test
    @DisplayName("35 special-token-out-of-range: on the command line")
    void specialTokenOutOfRange() throws IOException {
        Path file = changed(Outcome.MODEL, "tokenizer.ggml.eos_token_id", 4, 0xff, 0xff, 0xff, 0xff);
        Outcome run = Outcome.of("run", "-m", file.toString(), "-p", "a");
        assertEquals(1, run.exit());
        assertTrue(
                run.err().matches("peregrine: " + file + ": key tokenizer.ggml.eos_token_id at byte \\d+: found"
                        + " 4294967295, expected a number from 0 to \\d+\n"),
                run.err());
    }

    @Test
    @DisplayName("39 projector-mismatch: on the command line")
    void exchanged() {
        assertRefused(
                Outcome.MMPROJ + ": key general.architecture: found 'clip', a vision file, expected a text model; give"
                        + " this file as mmproj, and the text model that belongs to it as the model",
                "run",
                "-m",
                Outcome.MMPROJ,
                "-p",
                "a");
        assertVisionRefused(
                Path.of(Outcome.MODEL),
                Outcome.MODEL + ": key general.architecture: found 'llama', expected 'clip', a vision file; this is a"
                        + " text model: give it as the model, and the vision file that belongs to it as mmproj");
    }

    @Test
    @DisplayName("40 projector-absurd: on the command line")
    void patchZero() throws IOException {
        Path file = changed(Outcome.MMPROJ, "clip.vision.patch_size", 4, 0, 0, 0, 0);
        Outcome run = Outcome.of("run", "-m", Outcome.MODEL, "--mmproj", file.toString(), "-p", "a");
        assertEquals(1, run.exit());
        assertTrue(
                run.err().matches("peregrine: " + file + ": key clip.vision.patch_size at byte \\d+: found 0, expected a"
                        + " number from 1 to \\d+\n"),
                run.err());
    }
}
