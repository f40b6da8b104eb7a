package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceTest {

    private static final String PICTURE = Outcome.DEMO.resolve("picture1.png").toString();

    @TempDir
    private Path folder;

    @Test
    void picture_isTraced() throws Exception {
        String prompt = "USER: <__media__>\nWhat is the background color? ASSISTANT:";
        Outcome run = Outcome.of(
                "trace", "-m", Outcome.MODEL, "--mmproj", Outcome.MMPROJ, "--image", PICTURE, "-p", prompt, "-n", "12",
                "-o", folder.resolve("deep/trace").toString());
        assertEquals(new Outcome(0, " The background is black.</s>\n", ""), run);
        Path files = folder.resolve("deep/trace");
        JsonNode trace = new ObjectMapper().readTree(files.resolve("trace.json").toFile());
        String expected =
                """
                {"layout":[{"tokens":[1,704,702,697,701,692,729]},
                 {"image":0,"picture":0,"n_tokens":64,"n_embd":256,"views":[{"width":64,"height":64}]},
                 {"tokens":[679,307,284,263,300,439,279]}],
                 "n_prompt":78,"n_pos":78,"generated":[281,300,284,472,2],"text":" The background is black.</s>"}""";
        assertEquals(new ObjectMapper().readTree(expected), trace);
        assertNpy(files.resolve("logits.npy"), "(5, 736)", 5 * 736);
        assertNpy(files.resolve("image0.embedding.npy"), "(64, 256)", 64 * 256);
        assertNpy(files.resolve("image0.tower.npy"), "(64, 128)", 64 * 128);
        assertNpy(files.resolve("image0.view0.npy"), "(64, 64, 3)", 64 * 64 * 3);
    }

    /// LLaVA-1.5-HD with 3 x 3 patches on a side of a view: 3 x 2 tiles, or one if no more are allowed.
    @Test
    void tiles_areTraced_asManyAsAllowed() throws Exception {
        traceTiles("all");
        assertNpy(folder.resolve("all/image0.embedding.npy"), "(49, 64)", 49 * 64);
        assertNpy(folder.resolve("all/image0.tower.npy"), "(9, 64)", 9 * 64);
        assertNpy(folder.resolve("all/image0.tower6.npy"), "(9, 64)", 9 * 64);
        assertNpy(folder.resolve("all/image0.view6.npy"), "(42, 42, 3)", 42 * 42 * 3);
        traceTiles("one", "--max-tiles", "1");
        assertNpy(folder.resolve("one/image0.tower1.npy"), "(9, 64)", 9 * 64);
        assertFalse(Files.exists(folder.resolve("one/image0.tower2.npy")));
        assertFalse(Files.exists(folder.resolve("one/image0.view2.npy")));
        JsonNode views = new ObjectMapper()
                .readTree(folder.resolve("one/trace.json").toFile())
                .at("/layout/1/views");
        assertEquals(2, views.size());
    }

    private void traceTiles(String name, String... options) {
        Path toy = Path.of("../model/src/test/resources/fixtures/llava15hd");
        Stream<String> command = Stream.of(
                "trace",
                "-m",
                toy.resolve("model.gguf").toString(),
                "--mmproj",
                toy.resolve("mmproj.gguf").toString(),
                "--image",
                toy.resolve("image1.png").toString(),
                "-p",
                "USER: <__media__>",
                "-n",
                "1",
                "-o",
                folder.resolve(name).toString());
        Outcome run = Outcome.of(Stream.concat(command, Stream.of(options)).toArray(String[]::new));
        assertEquals(0, run.exit(), run.err());
    }

    @Test
    void marksAndPictures_mustAgree() {
        Outcome run = Outcome.of("trace", "-m", Outcome.MODEL, "-p", "a <__media__> b", "-o", folder.toString());
        assertEquals(1, run.exit());
        assertEquals(
                "peregrine: prompt: found 1 marks <__media__> and 0 images; give one image for each mark\n", run.err());
    }

    private static void assertNpy(Path file, String shape, int values) throws Exception {
        byte[] bytes = Files.readAllBytes(file);
        String header = new String(bytes, 10, 70, StandardCharsets.US_ASCII);
        assertTrue(header.startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }"), header);
        int start = 10 + (bytes[8] & 0xFF) + 256 * (bytes[9] & 0xFF);
        assertEquals(0, start % 64);
        assertEquals(start + 4 * values, bytes.length);
    }
}
