package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
