package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.serve.ApiException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/// Reads the body of a request as a JSON object (RFC 8259), and strictly: UTF-8, no name twice in an object, nothing
/// behind the end, no halves of surrogate pairs, at most [#MAX_DEPTH] levels and [#MAX_VALUES] values. Linear time; the
/// tree takes some 20 MB at most, besides its strings.
///
/// NaN and infinities are let through where a number of the outermost object may stand, so that the field's own
/// message can name its range; no field takes them.
final class JsonBody {

    /// Objects and arrays within each other.
    static final int MAX_DEPTH = 64;

    /// Values altogether: an empty object takes 30 times the memory of its two characters.
    static final int MAX_VALUES = 200_000;

    private static final int MAX_NAME = 1000;
    private static final int MAX_DIGITS = 1000;

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(MAX_NAME)
                    .maxNumberLength(MAX_DIGITS)
                    .maxNestingDepth(MAX_DEPTH + 1)
                    .build())
            .build();

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final JsonParser parser;
    private int values;

    private JsonBody(JsonParser parser) {
        this.parser = parser;
    }

    /// @throws ApiException 400 if it is not such an object, with the place
    static ObjectNode parse(byte[] body) {
        Reader text = new InputStreamReader(
                new ByteArrayInputStream(body),
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
        try (JsonParser parser = FACTORY.createParser(text)) {
            return new JsonBody(parser).checkedBody();
        } catch (CharacterCodingException e) {
            throw refused("the body is not valid UTF-8");
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }

    private ObjectNode checkedBody() throws IOException {
        try {
            return body();
        } catch (JsonProcessingException e) {
            String path = path();
            String text = "the body is not valid JSON" + place();
            throw path.isEmpty() ? refused(text) : ApiException.badField(path, path + ": " + text);
        }
    }

    private ObjectNode body() throws IOException {
        JsonToken first = parser.nextToken();
        if (first == null) {
            throw refused("the body is empty, expected a JSON object");
        }
        if (first != JsonToken.START_OBJECT) {
            throw refused("the body is not a JSON object");
        }
        ObjectNode object = object(1);
        if (parser.nextToken() != null) {
            throw refused("the body goes on behind its JSON object" + place());
        }
        return object;
    }

    private ObjectNode object(int depth) throws IOException {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            checkText(name);
            if (object.has(name)) {
                throw ApiException.badField(path(), path() + ": found twice in one object");
            }
            parser.nextToken();
            object.set(name, value(depth));
        }
        return object;
    }

    private ArrayNode array(int depth) throws IOException {
        ArrayNode array = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.add(value(depth));
        }
        return array;
    }

    /// @param depth of the object or array around it
    private JsonNode value(int depth) throws IOException {
        JsonToken token = parser.currentToken();
        if (token.isStructStart() && depth == MAX_DEPTH) {
            throw refused("the body has more than " + MAX_DEPTH + " levels of objects and arrays");
        }
        if (++values > MAX_VALUES) {
            throw refused("the body has more than " + MAX_VALUES + " values");
        }
        return switch (token) {
            case START_OBJECT -> object(depth + 1);
            case START_ARRAY -> array(depth + 1);
            case VALUE_STRING -> {
                String text = parser.getText();
                checkText(text);
                yield NODES.textNode(text);
            }
            case VALUE_NUMBER_INT -> integer();
            case VALUE_NUMBER_FLOAT -> {
                double number = parser.getDoubleValue();
                if (!Double.isFinite(number) && depth > 1) {
                    throw Fields.wrong(path(), Double.toString(number), "a finite number");
                }
                yield NODES.numberNode(number);
            }
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            default -> NODES.nullNode();
        };
    }

    private JsonNode integer() throws IOException {
        return switch (parser.getNumberType()) {
            case INT -> NODES.numberNode(parser.getIntValue());
            case LONG -> NODES.numberNode(parser.getLongValue());
            default -> NODES.numberNode(parser.getBigIntegerValue());
        };
    }

    private String place() {
        return " (line " + parser.currentLocation().getLineNr() + ", column "
                + parser.currentLocation().getColumnNr() + ")";
    }

    /// Where the parser is, as `messages[0].content`.
    private String path() {
        Deque<String> parts = new ArrayDeque<>();
        for (JsonStreamContext at = parser.getParsingContext(); at != null; at = at.getParent()) {
            if (at.inArray() && at.hasCurrentIndex()) {
                parts.push("[" + at.getCurrentIndex() + "]");
            } else if (at.inObject() && at.hasCurrentName()) {
                parts.push("." + at.getCurrentName());
            }
        }
        String path = String.join("", parts);
        return Shown.path(path.startsWith(".") ? path.substring(1) : path);
    }

    private void checkText(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
                    throw ApiException.badField(path(), path() + ": half of a surrogate pair, which is no character");
                }
                i++;
            }
        }
    }

    private static ApiException refused(String message) {
        return ApiException.refused(400, "invalid_json", message);
    }
}
