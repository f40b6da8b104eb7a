package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peregrine.cli.browser.NodePackages;
import io.peregrine.cli.serve.HttpOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The official client, the npm package `openai`, against our server: `src/test/node/openai/checks.mjs`, each of whose
/// checks is a test; how long each took is in `target/node/openai/results.jsonl`. Skipped where there is no Node.js of
/// version 18, or the package cannot be had.
class OpenAiClientTest {

    private static final String KEY = "key-of-the-test";
    private static final long SECONDS = 120;

    @TestFactory
    List<DynamicTest> officialClient() throws IOException {
        NodePackages packages = NodePackages.install("openai", 18);
        HttpOptions options = HttpOptions.defaults().withKeys(List.of(KEY));
        String output;
        try (LiveServer server = LiveServer.demo(options);
                LiveServer clip = LiveServer.clip(options)) {
            output = packages.node(
                    Map.of(
                            "BASE",
                            server.url(),
                            "CLIP_BASE",
                            clip.url(),
                            "KEY",
                            KEY,
                            "PICTURE",
                            Outcome.DEMO.resolve("picture3.png").toAbsolutePath().toString()),
                    SECONDS,
                    "checks.mjs");
        }
        Files.writeString(packages.folder().resolve("results.jsonl"), output);
        List<DynamicTest> tests = new ArrayList<>();
        for (String line : output.lines().toList()) {
            JsonNode result = new ObjectMapper().readTree(line);
            String name = result.get("name").asText();
            tests.add(dynamicTest(name, () -> {
                if (!result.get("error").isNull()) {
                    fail(result.get("error").asText());
                }
            }));
        }
        assertEquals("all", tests.getLast().getDisplayName(), output);
        return tests;
    }
}
