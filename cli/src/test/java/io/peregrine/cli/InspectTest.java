package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectTest {

    @TempDir
    private Path folder;

    @Test
    void text_saysWhatTheFileIs() {
        Outcome run = Outcome.of("inspect", Outcome.MODEL);
        assertEquals(0, run.exit());
        assertEquals("", run.err());
        assertTrue(run.out().contains("a llama language model \"Peregrine shapes demo\", block_count 3"), run.out());
        assertTrue(run.out().contains("2.15 M parameters in 2.29 MB, 8.52 bits each"), run.out());
        assertTrue(run.out().contains("blk.2.ffn_down.weight     Q8_0  [256, 512]"), run.out());
    }

    @Test
    void json_holdsEverything() throws Exception {
        Outcome run = Outcome.of("inspect", "--json", Outcome.MMPROJ);
        assertEquals(0, run.exit());
        JsonNode file = new ObjectMapper().readTree(run.out());
        assertEquals("clip", file.at("/metadata/general.architecture").asText());
        assertEquals(4, file.at("/metadata/clip.vision.feature_layer/0").asInt());
        long bytes = 0;
        for (JsonNode tensor : file.get("tensors")) {
            bytes += tensor.get("bytes").asLong();
        }
        assertEquals(file.get("tensor_bytes").asLong(), bytes);
        assertTrue(bytes > 1_800_000, "bytes " + bytes);
    }

    @Test
    void missingFile_isToldInOneLine() {
        Outcome run = Outcome.of("inspect", folder.resolve("none.gguf").toString());
        assertEquals(1, run.exit());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("peregrine: " + folder.resolve("none.gguf")), run.err());
    }

    @Test
    void damagedFile_isToldInOneLine_andWithItsTraceWhenAskedFor() throws Exception {
        Path file = folder.resolve("page.gguf");
        Files.writeString(file, "<!DOCTYPE html><html><body>Sign in to download</body></html>");
        Outcome run = Outcome.of("inspect", file.toString());
        assertEquals(1, run.exit());
        assertTrue(run.err().contains("HTML"), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        Outcome traced = Outcome.of("inspect", "--debug", file.toString());
        assertEquals(1, traced.exit());
        assertTrue(traced.err().contains("\tat io.peregrine.core"), traced.err());
    }

    @Test
    void wrongUsage_isTwo() {
        assertEquals(2, Outcome.of("inspect").exit());
        assertEquals(2, Outcome.of("inspect", "--nonsense", Outcome.MODEL).exit());
        assertEquals(2, Outcome.of("nonsense").exit());
        assertEquals(2, Outcome.of().exit());
    }
}
