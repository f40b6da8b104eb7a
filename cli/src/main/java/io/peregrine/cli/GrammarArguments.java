package io.peregrine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.peregrine.cli.serve.JsonSchema;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.model.grammar.Grammar;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The options of commands whose answers may be held to a grammar.
final class GrammarArguments {

    private static final int LIMIT_BYTES = 8 << 20;

    @Option(
            names = "--grammar",
            paramLabel = "FILE",
            description = "Answer what a grammar allows, in llama.cpp's notation GBNF, and nothing else. The model is "
                    + "not told: say in the question what is wanted.")
    private @Nullable Path grammar;

    @Option(
            names = "--json-schema",
            paramLabel = "FILE",
            description = "Answer JSON that a JSON Schema allows; likewise.")
    private @Nullable Path schema;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec command;

    /// The grammar that is asked for, or null.
    ///
    /// @throws io.peregrine.core.PeregrineException if a file is not valid, or too large
    @Nullable
    Grammar read() throws IOException {
        if (grammar != null && schema != null) {
            throw new ParameterException(command.commandLine(), "--grammar and --json-schema: expected one of them");
        }
        if (grammar != null) {
            return Grammar.parse(grammar.toString(), text(grammar));
        }
        return schema == null ? null : JsonSchema.grammar(json(schema), schema.toString());
    }

    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LIMIT_BYTES + 1);
            if (bytes.length > LIMIT_BYTES) {
                throw new ResourceLimitException(
                        file.toString(), "more than " + LIMIT_BYTES + " bytes", LIMIT_BYTES + " bytes", "write less");
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new IOException(file + ": found bytes that are not UTF-8, expected a text", e);
        }
    }

    private static JsonNode json(Path file) throws IOException {
        try {
            return JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build()
                    .readTree(text(file));
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : "line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ": ";
            throw new IOException(file + ": " + place + "found no JSON (" + e.getOriginalMessage() + ")", e);
        }
    }
}
