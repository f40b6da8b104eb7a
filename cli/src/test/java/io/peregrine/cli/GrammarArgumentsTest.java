package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `--grammar` and `--json-schema`, with the model of the demo, which was trained on captions only.
class GrammarArgumentsTest {

    @TempDir
    private Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static Outcome run(String option, Path file) {
        return Outcome.of(
                "run", "-m", Outcome.MODEL, "-p", "Describe it.", "-n", "40", "-s", "1", option, file.toString());
    }

    @Test
    void schema_holds() throws IOException {
        Path schema = file("schema.json", """
                {"type": "object", "properties": {"colour": {"enum": ["red", "green"]}, "note": {"type": "string"}},
                 "required": ["colour", "note"]}
                """);
        Outcome run = run("--json-schema", schema);
        assertEquals(0, run.exit(), run.err());
        JsonNode answer = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build()
                .readTree(run.out());
        assertTrue(answer.path("colour").textValue().matches("red|green"), run.out());
        assertTrue(answer.path("note").isTextual(), run.out());
    }

    @Test
    void grammar_holds() throws IOException {
        Outcome run = run("--grammar", file("yes.gbnf", "root ::= \"yes\" | \"no\"\n"));
        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().matches("(yes|no)\n"), run.out());
    }

    @Test
    void filesThatAreNone_areNamed() throws IOException {
        Path grammar = file("bad.gbnf", "root = x\n");
        assertEquals(
                "peregrine: " + grammar + ": line 1, column 6: found =, expected ::= behind the name root\n",
                run("--grammar", grammar).err());
        Path schema = file("bad.json", "{\"type\": \"object\", \"not\": {}}");
        assertTrue(
                run("--json-schema", schema)
                        .err()
                        .startsWith("peregrine: " + schema
                                + ".not: found a keyword that answers cannot be held to, expected one of $ref, "),
                run("--json-schema", schema).err());
        Path broken = file("broken.json", "{\"type\": ");
        assertTrue(
                run("--json-schema", broken).err().startsWith("peregrine: " + broken + ": line 1, column "),
                run("--json-schema", broken).err());
        Path bytes = Files.write(folder.resolve("bytes.gbnf"), new byte[] {'r', (byte) 0xFF});
        assertEquals(
                "peregrine: " + bytes + ": found bytes that are not UTF-8, expected a text\n",
                run("--grammar", bytes).err());
        Path missing = folder.resolve("missing.gbnf");
        assertEquals("peregrine: " + missing + ": there is no such file\n", run("--grammar", missing).err());
    }

    @Test
    void bothAtOnce_isWrongUsage() throws IOException {
        Path grammar = file("yes.gbnf", "root ::= \"yes\"\n");
        Outcome run = Outcome.of(
                "run", "-m", Outcome.MODEL, "-p", "x", "--grammar", grammar.toString(), "--json-schema", grammar.toString());
        assertEquals(2, run.exit());
        assertEquals(
                "peregrine: --grammar and --json-schema: expected one of them",
                run.err().lines().findFirst().orElseThrow());
    }
}
