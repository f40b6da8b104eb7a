package io.peregrine.cli.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads JSON that nobody checked: no name twice in an object, bounded depth and size.
public final class JsonFile {

    private static final long MOST_BYTES = 128L << 20;
    private static final int DEEPEST = 64;

    static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNumberLength(100)
                    .maxStringLength(16 << 20)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final ObjectMapper MAPPER = JsonMapper.builder(FACTORY)
            .enable(com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonFile() {}

    /// The object that a file holds.
    ///
    /// @throws io.peregrine.core.PeregrineException if the file cannot be read or is no JSON object
    public static JsonNode read(Path file) {
        try {
            long size = Files.size(file);
            if (size > MOST_BYTES) {
                throw new ResourceLimitException(
                        file + ": a JSON file",
                        size + " bytes",
                        MOST_BYTES + " bytes",
                        "this is no model's description");
            }
            JsonNode root = MAPPER.readTree(Files.readAllBytes(file));
            if (!root.isObject()) {
                throw new ModelFormatException(file.toString(), "JSON", "no object", "an object", "");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw malformed(file.toString(), "JSON", e);
        } catch (IOException e) {
            throw ModelFileException.of(file, "read", e);
        }
    }

    /// What the parser says, without the source text that it quotes.
    static ModelFormatException malformed(String file, String where, JsonProcessingException e) {
        long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
        String problem = e.getOriginalMessage().lines().findFirst().orElse("");
        return new ModelFormatException(
                file,
                where + (at < 0 ? "" : " at byte " + at),
                "'" + Printable.of(problem) + "' from the parser",
                "valid JSON",
                ByteReader.COMPLETE);
    }
}
