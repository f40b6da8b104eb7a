package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbedTest {

    private static final Path CLIP = Path.of("../model/src/test/resources/fixtures/clip");
    private static final String MODEL = CLIP.resolve("model.gguf").toString();

    @TempDir
    private Path folder;

    private static String picture(int number) {
        return CLIP.resolve("image" + number + ".png").toString();
    }

    @Test
    void files_holdVectorsAndLogits() throws Exception {
        JsonNode golden = new ObjectMapper()
                .readTree(CLIP.resolve("expected.json").toFile())
                .get("cases")
                .get(0);
        String[] texts = StreamSupport.stream(golden.get("texts").spliterator(), false)
                .map(JsonNode::textValue)
                .toArray(String[]::new);
        Path vectors = folder.resolve("deep/vectors");
        String[] arguments = {
            "embed", "-m", MODEL, "--image", picture(0), picture(1), "--image", picture(2), "-o", vectors.toString(), "--text"
        };
        String[] all = Arrays.copyOf(arguments, arguments.length + texts.length);
        System.arraycopy(texts, 0, all, arguments.length, texts.length);
        assertEquals(new Outcome(0, "", ""), Outcome.of(all));
        for (JsonNode one : golden.get("embeddings")) {
            String name = one.has("image") ? "image" + one.get("image") : "text" + one.get("text");
            assertNpy(vectors.resolve(name + ".embedding.npy"), "(40,)", one.get("file").textValue(), 2e-5f);
        }
        assertNpy(vectors.resolve("logits.npy"), "(3, 4)", "c0.logits.f32", 5e-4f);
        try (var files = Files.list(vectors)) {
            assertEquals(8, files.count());
        }
    }

    private static void assertNpy(Path file, String shape, String golden, float tolerance) throws Exception {
        byte[] bytes = Files.readAllBytes(file);
        String header = new String(bytes, 10, 70, StandardCharsets.US_ASCII);
        assertTrue(header.startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }"), header);
        int start = 10 + (bytes[8] & 0xFF) + 256 * (bytes[9] & 0xFF);
        assertArrayEquals(
                floats(Files.readAllBytes(CLIP.resolve(golden)), 0), floats(bytes, start), tolerance, file.toString());
    }

    private static float[] floats(byte[] bytes, int from) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return IntStream.iterate(from, at -> at < bytes.length, at -> at + 4)
                .collect(() -> new FloatList(bytes.length), (list, at) -> list.add(buffer.getFloat(at)), (a, b) -> {})
                .toArray();
    }

    private static final class FloatList {
        private final float[] items;
        private int size;

        FloatList(int most) {
            items = new float[most];
        }

        void add(float item) {
            items[size++] = item;
        }

        float[] toArray() {
            return Arrays.copyOf(items, size);
        }
    }

    @Test
    void severalTexts_areChosenFrom() {
        Outcome run = Outcome.of(
                "embed", "-m", MODEL, "--image", picture(0), "--text", "a photo of a red circle", "--text", "zebra xylophone",
                "--text", "It's a DOG,  not a cat!", "--top", "2");
        assertEquals(0, run.exit(), run.err());
        assertEquals("", run.err());
        List<String> lines = run.out().lines().toList();
        assertEquals(3, lines.size(), run.out());
        assertTrue(lines.get(0).matches("image +probability +similarity +text"), run.out());
        assertTrue(lines.get(1).startsWith(picture(0)), run.out());
        double first = Double.parseDouble(lines.get(1).replaceAll(".* ([0-9.]+) %.*", "$1"));
        double second = Double.parseDouble(lines.get(2).replaceAll(".* ([0-9.]+) %.*", "$1"));
        assertTrue(first > second && first + second <= 100.1, run.out());
    }

    @Test
    void oneText_ranksThePicturesOfAFolder_andTellsWhatItLeavesOut() throws Exception {
        for (int i = 0; i < 3; i++) {
            Files.copy(Path.of(picture(i)), folder.resolve("p" + i + ".PNG"));
        }
        Files.writeString(folder.resolve("p3.jpg"), "no picture");
        Files.writeString(folder.resolve("readme.txt"), "no picture either");
        Outcome run = Outcome.of(
                "embed", "-m", MODEL, "--image", folder.toString(), "--text", "a photo of a red circle", "--json");
        assertEquals(0, run.exit(), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("left out: " + folder.resolve("p3.jpg")), run.err());
        JsonNode found = new ObjectMapper().readTree(run.out());
        assertEquals(3, found.get("results").size());
        assertEquals(Math.exp(3.3), found.get("factor").doubleValue(), 1e-5);
        double previous = 1;
        for (JsonNode one : found.get("results")) {
            assertTrue(one.get("similarity").doubleValue() <= previous, run.out());
            previous = one.get("similarity").doubleValue();
            assertEquals(previous * Math.exp(3.3), one.get("logit").doubleValue(), 1e-5);
        }
        assertEquals(
                folder.resolve("p3.jpg").toString(), found.at("/left_out/0/image").textValue());
        Outcome table = Outcome.of(
                "embed", "-m", MODEL, "--image", folder.toString(), "--text", "a photo of a red circle", "--top", "1");
        assertEquals(
                found.at("/results/0/image").textValue(),
                table.out().lines().toList().get(1).strip().split(" {2,}")[1]);
        assertEquals(2, table.out().lines().count());
    }

    @Test
    void namedPictureThatCannotBeRead_isAnError() throws Exception {
        Path broken = Files.writeString(folder.resolve("broken.png"), "no picture");
        Outcome run = Outcome.of("embed", "-m", MODEL, "--image", picture(0), broken.toString(), "--text", "a");
        assertEquals(1, run.exit());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("peregrine: " + broken), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
    }

    @Test
    void folderWithoutPictures_isAnError() {
        Outcome run = Outcome.of("embed", "-m", MODEL, "--image", folder.toString(), "--text", "a");
        assertEquals(
                new Outcome(
                        1,
                        "",
                        "peregrine: " + folder + ": no picture is in this folder (no file with a name in .png, .jpg, "
                                + ".jpeg, .gif, .bmp); name a folder with pictures; those in folders below it do not "
                                + "count\n"),
                run);
    }

    @Test
    void longText_isRefusedWithItsTokens_unlessItMayBeCut() {
        String text = "zebra ".repeat(20);
        Outcome run = Outcome.of("embed", "-m", MODEL, "--image", picture(0), "--text", text);
        assertEquals(
                new Outcome(
                        1,
                        "",
                        "peregrine: the text \"zebra zebra zebra zebra zebra zebra zebr...\" has 102 tokens with its "
                                + "begin and its end, the model takes 24; shorten it, or ask for it to be cut "
                                + "(--truncate, LongText.CUT)\n"),
                run);
        assertEquals(
                0,
                Outcome.of("embed", "-m", MODEL, "--image", picture(0), "--text", text, "--truncate")
                        .exit());
    }

    @Test
    void otherKindsOfFiles_areToldWhereTheyBelong() {
        assertEquals(
                "peregrine: " + Outcome.MODEL + ": key general.architecture: found 'llama', a language model, expected an"
                        + " embedding model with two towers (CLIP); talk to this one with `peregrine run` or `peregrine "
                        + "chat`\n",
                Outcome.of("embed", "-m", Outcome.MODEL, "--image", picture(0), "--text", "a")
                        .err());
        assertEquals(
                "peregrine: " + Outcome.MMPROJ + ": key clip.projector_type: found 'mlp', expected an embedding model with"
                        + " two towers (CLIP); this is the vision part of a language model: give it to `peregrine run` "
                        + "with --mmproj\n",
                Outcome.of("embed", "-m", Outcome.MMPROJ, "--image", picture(0), "--text", "a")
                        .err());
        for (String file : List.of("model.gguf", "model-clipcpp.gguf")) {
            String clip = CLIP.resolve(file).toString();
            assertEquals(
                    new Outcome(
                            1,
                            "",
                            "peregrine: " + clip + ": key general.architecture: found 'clip', an embedding model with two "
                                    + "towers, expected a text model; compare pictures and texts with `peregrine embed` "
                                    + "(in Java, EmbeddingModel)\n"),
                    Outcome.of("run", "-m", clip, "-p", "a"));
            assertEquals(
                    new Outcome(
                            1,
                            "",
                            "peregrine: " + clip + ": the file: found an embedding model with two towers, expected the "
                                    + "vision part of a language model; compare pictures and texts with `peregrine embed` "
                                    + "(in Java, EmbeddingModel)\n"),
                    Outcome.of("run", "-m", Outcome.MODEL, "--mmproj", clip, "-p", "a"));
        }
    }

    @Test
    void wrongUsage_isTwo() {
        assertEquals(2, Outcome.of("embed", "--image", picture(0), "--text", "a").exit());
        assertEquals(2, Outcome.of("embed", "-m", MODEL).exit());
        assertEquals(2, Outcome.of("embed", "-m", MODEL, "--image", picture(0)).exit());
        assertEquals(
                2,
                Outcome.of("embed", "-m", MODEL, "--image", picture(0), "--text", "a", "--top", "0")
                        .exit());
    }

    @Test
    void inspect_saysWhatTheFileIs() {
        String out = Outcome.of("inspect", MODEL).out();
        assertTrue(
                out.contains("an embedding model with an image tower and a text tower \"toy clip\", image_size 56, patch_size "
                        + "14, block_count 3, context_length 24, projection_dim 40"),
                out);
    }

    @Test
    void tokenize_worksWithSuchAFile() {
        assertEquals(
                "663 320 79 522 570 526 320 584 595 664\n",
                Outcome.of("tokenize", "-m", MODEL, "--ids", "-p", "a photo of a red circle")
                        .out());
    }
}
