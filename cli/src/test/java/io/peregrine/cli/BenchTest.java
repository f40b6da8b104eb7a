package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peregrine.core.gguf.GgufFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The form of the figures; never their size.
class BenchTest {

    @Test
    void json_hasOneObjectPerTest() throws Exception {
        Outcome run = Outcome.of(
                "bench",
                "-m",
                Outcome.MODEL,
                "--mmproj",
                Outcome.MMPROJ,
                "-p",
                "16",
                "-n",
                "4",
                "-r",
                "1",
                "-t",
                "1",
                "--json");
        assertEquals(0, run.exit(), run.err());
        List<String> tests = new ArrayList<>();
        for (JsonNode row : new ObjectMapper().readTree(run.out())) {
            tests.add(row.get("test").asText() + " " + row.get("format").asText() + " "
                    + row.get("limit").asText());
            double figure = row.has("seconds")
                    ? row.get("seconds").asDouble()
                    : row.get("tokens_per_second").asDouble();
            assertTrue(figure > 0 && row.get("fraction").asDouble() > 0, row.toString());
            assertTrue(row.get("fma_flops_per_second").asDouble() > 1e6, row.toString());
            assertTrue(row.get("read_bytes_per_second").asDouble() > 1e6, row.toString());
            assertEquals(1, row.get("threads").asInt());
        }
        assertEquals(List.of("pp16 Q8_0 fma", "tg4 Q8_0 bandwidth", "encode F16 fma"), tests);
    }

    /// Fields that the issue names, in its order, and no others.
    @Test
    void json_hasTheseFields() throws Exception {
        Outcome run = Outcome.of("bench", "-m", Outcome.MODEL, "-p", "8", "-n", "0", "-r", "2", "-t", "2", "--json");
        assertEquals(0, run.exit(), run.err());
        assertEquals("", run.err());
        JsonNode row = new ObjectMapper().readTree(run.out()).get(0);
        assertEquals(
                List.of(
                        "model",
                        "format",
                        "threads",
                        "test",
                        "tokens_per_second",
                        "min",
                        "max",
                        "fraction",
                        "limit",
                        "fma_flops_per_second",
                        "read_bytes_per_second"),
                List.copyOf(row.properties().stream().map(Map.Entry::getKey).toList()));
        assertEquals("shapes-text-Q8_0.gguf", row.get("model").asText());
        double median = row.get("tokens_per_second").asDouble();
        assertTrue(
                row.get("min").asDouble() <= median && median <= row.get("max").asDouble(), row.toString());
        double work;
        try (GgufFile file = GgufFile.open(Path.of(Outcome.MODEL))) {
            work = Workload.promptOperations(file, 8) / 8;
        }
        assertEquals(
                median * work / row.get("fma_flops_per_second").asDouble(),
                row.get("fraction").asDouble(),
                1e-9);
    }

    @Test
    void aDepth_isNamedInTheTest() throws Exception {
        Outcome run = Outcome.of(
                "bench", "-m", Outcome.MODEL, "-p", "0", "-n", "4", "--depth", "0,32", "-r", "1", "-t", "1", "--json");
        assertEquals(0, run.exit(), run.err());
        List<String> tests = new ArrayList<>();
        for (JsonNode row : new ObjectMapper().readTree(run.out())) {
            tests.add(row.get("test").asText());
        }
        assertEquals(List.of("tg4", "tg4@d32"), tests);
    }

    @Test
    void clients_areNamedInTheTests() throws Exception {
        Outcome run = Outcome.of(
                "bench", "-m", Outcome.MODEL, "-p", "5", "-n", "3", "--clients", "1,3", "-r", "1", "-t", "1", "--json");
        assertEquals(0, run.exit(), run.err());
        List<String> tests = new ArrayList<>();
        for (JsonNode row : new ObjectMapper().readTree(run.out())) {
            tests.add(row.get("test").asText());
            assertTrue(row.get("tokens_per_second").asDouble() > 0, row.toString());
        }
        assertEquals(List.of("pp5", "tg3", "serve1", "serve1:slowest", "serve3", "serve3:slowest"), tests);
    }

    @Test
    void roofline_needsNoModel() {
        Outcome run = Outcome.of("bench", "--roofline", "-t", "1");
        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().matches("(?s)1 threads, .*GFLOP/s f32 multiply-add, .* GB/s read\n"), run.out());
    }

    @Test
    void withoutModel_isWrongUsage() {
        assertEquals(2, Outcome.of("bench").exit());
        assertEquals(2, Outcome.of("bench", "-m", Outcome.MODEL, "-r", "0").exit());
        assertEquals(
                2, Outcome.of("bench", "-m", Outcome.MODEL, "--clients", "257").exit());
        for (String size : List.of("0x5", "99999x99999", "16385x1", "8001x8000", "7")) {
            Outcome bench =
                    Outcome.of("bench", "-m", Outcome.MODEL, "--mmproj", Outcome.MMPROJ, "--image-size", size);
            assertEquals(2, bench.exit(), size + "\n" + bench.err());
        }
        Outcome alone = Outcome.of("bench", "-m", Outcome.MODEL, "--image-size", "64x64");
        assertEquals(2, alone.exit());
        assertEquals(
                "peregrine: --image-size needs --mmproj, whose pictures it is about\nSee peregrine bench --help.\n",
                alone.err());
        assertEquals(
                2, Outcome.of("bench", "-m", Outcome.MODEL, "--depth", "-1").exit());
    }
}
