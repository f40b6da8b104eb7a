package io.peregrine.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.grammar.Grammar;
import io.peregrine.model.grammar.GrammarWalk;
import io.peregrine.model.grammar.TokenGrammars;
import io.peregrine.model.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class JsonSchemaTest {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final Tokenizer TOKENIZER = tokenizer();
    private static final TokenGrammars GRAMMARS = new TokenGrammars(TOKENIZER);

    private static Tokenizer tokenizer() {
        try (GgufFile file =
                GgufFile.open(Path.of("../model/src/test/resources/fixtures/text_llama_bpe3/model.gguf"))) {
            return Tokenizer.of(file.metadata());
        }
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static Grammar grammar(String schema) {
        return JsonSchema.grammar(json(schema), "schema");
    }

    private static boolean accepts(Grammar grammar, String text) {
        GrammarWalk walk = GRAMMARS.begin(grammar);
        for (int token : TOKENIZER.encode(text.getBytes(StandardCharsets.UTF_8), false, false)) {
            if (!walk.allows(token, Integer.MAX_VALUE)) {
                return false;
            }
            walk.accept(token);
        }
        return walk.mayEnd();
    }

    /// Schemas, then values that the grammar has to take (the texts of Jackson), then `---` and texts that it must not.
    static Stream<String> schemas() {
        return Stream.of("""
                {'type':'object','properties':{'name':{'type':'string'},'age':{'type':'integer'}},'required':['name','age']}
                {'name':'x','age':3}
                {'name':'','age':-30}
                ---
                {'age':3,'name':'x'}
                {'name':'x'}
                {'name':'x','age':3.5}
                {'name':'x','age':3,'z':1}
                """, """
                {'type':'object','properties':{'a':{'type':'null'},'b':{'type':'boolean'},'c':{'type':'number'}},'required':['b']}
                {'b':true}
                {'a':null,'b':false}
                {'b':true,'c':-1.5e10}
                {'a':null,'b':true,'c':0}
                ---
                {}
                {'a':null}
                {'a':null,'c':1}
                {'b':true,}
                {,'b':true}
                """, """
                {'type':'object','properties':{'a':{'type':'null'},'b':{'type':'null'}}}
                {}
                {'a':null}
                {'b':null}
                {'a':null,'b':null}
                """, """
                {'type':'object','properties':{'ab':{'type':'null'},'abc':{'type':'null'}},'additionalProperties':{'type':'integer'}}
                {'ab':null,'x':3}
                {'a':1,'abcd':2,'b':3,'':4}
                {'abd':4,'é':5}
                ---
                {'ab':1}
                {'x':null}
                {'x':1,'abc':null}
                """, """
                {'type':'object','additionalProperties':true}
                {}
                {'x':[1,'a',null,{'y':{}}]}
                """, """
                {'type':'object'}
                {}
                {'x':'y'}
                """, """
                {'type':'array','items':{'type':'integer','minimum':1,'maximum':12},'minItems':1,'maxItems':3}
                [1]
                [12,7,3]
                ---
                []
                [0]
                [13]
                [1,2,3,4]
                """, """
                {'type':'array','prefixItems':[{'type':'string'},{'type':'boolean'}],'items':{'type':'null'},'minItems':1}
                ['a']
                ['a',true]
                ['a',true,null,null]
                ---
                []
                [true]
                """, """
                {'type':'array','prefixItems':[{'type':'string'},{'type':'boolean'}]}
                []
                ['a']
                ['a',true]
                """, """
                {'type':'array','prefixItems':[{'const':1}],'items':{'type':'null'},'minItems':3,'maxItems':4}
                [1,null,null]
                [1,null,null,null]
                ---
                [1,null]
                [1]
                """, """
                {'type':'array','items':{'type':'string'},'minItems':2}
                ['a','b']
                ['a','b','c']
                ---
                []
                ['a']
                """, """
                {'type':'array','items':{'type':'null'},'maxItems':0}
                []
                ---
                [null]
                """, """
                {'enum':['red','gr\\u00fcn',3,null,{'a':[1,2]},1.5]}
                'red'
                3
                null
                {'a':[1,2]}
                1.5
                ---
                4
                'r'
                """, """
                {'type':['string','null'],'enum':['a',null,3]}
                'a'
                null
                ---
                3
                """, """
                {'const':'say \\\\\\'hi\\\\\\' \\\\\\\\ \\\\n'}
                'say \\\\\\'hi\\\\\\' \\\\\\\\ \\\\n'
                """, """
                {'anyOf':[{'type':'integer','minimum':0},{'type':'string','maxLength':2},{'type':'null'}]}
                5
                'ab'
                null
                ---
                -1
                'abc'
                """, """
                {'oneOf':[{'type':'object','properties':{'kind':{'const':'a'},'x':{'type':'integer'}},'required':['kind','x']},
                 {'type':'object','properties':{'kind':{'const':'b'}},'required':['kind']},{'type':'string'}]}
                {'kind':'a','x':1}
                {'kind':'b'}
                'x'
                ---
                {'kind':'b','x':1}
                """, """
                {'$defs':{'base':{'type':'object','properties':{'id':{'type':'integer'}},'required':['id']}},
                 'allOf':[{'$ref':'#/$defs/base'},{'properties':{'name':{'type':'string','maxLength':3}},'required':['name']}]}
                {'id':1,'name':'x'}
                ---
                {'id':1}
                {'name':'x'}
                {'id':1,'name':'long'}
                """, """
                {'$defs':{'n':{'type':'integer','minimum':3}},'$ref':'#/$defs/n','maximum':5}
                3
                5
                ---
                2
                6
                """, """
                {'$defs':{'node':{'type':'object','properties':{'value':{'type':'integer'},'next':{'anyOf':[{'$ref':'#/$defs/node'},
                {'type':'null'}]}},'required':['value','next']}},'$ref':'#/$defs/node'}
                {'value':1,'next':null}
                {'value':1,'next':{'value':2,'next':{'value':3,'next':null}}}
                ---
                {'value':1}
                """, """
                {'type':'object','properties':{'child':{'$ref':'#'},'list':{'type':'array','items':{'$ref':'#'}}}}
                {}
                {'child':{'child':{'list':[{},{}]}}}
                """, """
                {'type':'object','properties':{'a~/b c':{'$ref':'#/$defs/x~0y~1z%20w'}},'required':['a~/b c'],
                 '$defs':{'x~y/z w':{'type':'boolean'}}}
                {'a~/b c':true}
                """, """
                {'type':'string','minLength':2,'maxLength':4}
                'ab'
                'é€😀x'
                '\\n\\u0001'
                ---
                'a'
                'abcde'
                """, """
                {'type':'string','minLength':3}
                'abc'
                'abcdefghijklmnopqrstuvwxyz'
                ---
                'ab'
                """, """
                {'type':'string','pattern':'^[A-Z]{2}-\\\\d{3,4}$'}
                'AB-123'
                'AB-1234'
                ---
                'AB-12'
                'xAB-123'
                """, """
                {'type':'string','pattern':'(foo|ba+r)?\\\\.[^a-z]'}
                'foo.X'
                'zz baaar.9 and more'
                ---
                'foo.x'
                ''
                """, """
                {'type':'string','pattern':'^a|b$|^\\\\w+@\\\\w+\\\\.[a-z]{2,}$'}
                'abc'
                'cab'
                'me@home.org'
                ---
                'me@home.o1'
                """, """
                {'type':'string','format':'date'}
                '2024-02-29'
                '2000-02-29'
                '1999-12-31'
                ---
                '2023-02-29'
                '1900-02-29'
                '2023-04-31'
                '2023-13-01'
                '2023-00-10'
                '2023-01-00'
                """, """
                {'type':'string','format':'date-time'}
                '2024-02-29T23:59:59Z'
                '2024-01-31T00:00:00.123+05:30'
                ---
                '2024-02-29 23:59:59Z'
                '2024-02-29T24:00:00Z'
                """, """
                {'type':'string','format':'time'}
                '12:30:00Z'
                '23:59:59.5-11:00'
                ---
                '12:60:00Z'
                """, """
                {'type':'string','format':'uuid'}
                '123e4567-e89b-12d3-a456-426614174000'
                ---
                '123e4567e89b12d3a456426614174000'
                """, """
                {'type':'integer','exclusiveMinimum':-5,'exclusiveMaximum':5.5}
                -4
                0
                5
                ---
                -5
                6
                """, """
                {'type':['object','array','boolean'],'properties':{'a':{'type':'integer'}},'items':{'type':'integer'}}
                {'a':1}
                [1,2]
                true
                ---
                'a'
                """, """
                {'title':'anything','description':'at all'}
                {'a':[1,2,{'b':null}]}
                [[],{},'x',true,-0.5]
                'x'
                """, """
                {'type':'object','properties':{'\\\\\\'q\\\\\\'':{'type':'integer'},'ü':{'type':'integer'}},'required':['\\\\\\'q\\\\\\'']}
                {'\\\\\\'q\\\\\\'':1,'ü':2}
                """, """
                {'anyOf':[{'required':['a']},{'required':['b']}],'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'integer'}}}
                {'a':1}
                {'b':1}
                {'a':1,'b':1}
                ---
                {}
                """);
    }

    /// As it stands in a list of schemas: one quote for two, and lines that begin with a blank go on.
    private record Case(String schema, List<String> in, List<String> out) {

        static Case of(String text) {
            List<String> lines = new ArrayList<>();
            for (String line : text.lines().toList()) {
                boolean more = line.startsWith(" ") || !lines.isEmpty() && lines.getLast().endsWith(",");
                if (more && !lines.isEmpty() && lines.size() == 1) {
                    lines.set(0, lines.getFirst() + line);
                } else {
                    lines.add(line);
                }
            }
            int end = lines.indexOf("---");
            return new Case(
                    lines.getFirst(),
                    lines.subList(1, end < 0 ? lines.size() : end),
                    end < 0 ? List.of() : lines.subList(end + 1, lines.size()));
        }
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void examples_areTakenOrRefused(String text) {
        Case one = Case.of(text);
        Grammar grammar = grammar(one.schema);
        SchemaValidator validator = new SchemaValidator(json(one.schema));
        for (String value : one.in) {
            JsonNode node = json(value);
            assertTrue(validator.isValid(node), () -> "not valid: " + value);
            assertTrue(accepts(grammar, node.toString()), () -> "refused: " + node);
        }
        for (String value : one.out) {
            assertFalse(accepts(grammar, value.replace('\'', '"')), () -> "accepted: " + value);
        }
    }

    /// A text made of random tokens, whatever the grammar allows; it is short, because the limit makes it end.
    private static String walk(Grammar grammar, Random random) {
        GrammarWalk walk = GRAMMARS.begin(grammar);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int left = 1000;
        int patience = 10 + random.nextInt(150);
        while (left > 0) {
            int near = Math.max(patience, 90);
            long[] allowed = walk.allowed(Math.min(left, near));
            List<Integer> tokens = new ArrayList<>();
            for (int i = 0; i < allowed.length * 64; i++) {
                if ((allowed[i >> 6] >>> i & 1) != 0) {
                    tokens.add(i);
                }
            }
            int token = tokens.get(random.nextInt(tokens.size()));
            if (TOKENIZER.vocabulary().isEndOfGeneration(token)) {
                return text.toString(StandardCharsets.UTF_8);
            }
            text.writeBytes(TOKENIZER.bytes(token));
            walk.accept(token);
            if (walk.mustEnd()) {
                return text.toString(StandardCharsets.UTF_8);
            }
            left--;
            patience--;
        }
        throw new AssertionError("does not end: " + text.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void randomWalks_areValid(String text) throws JsonProcessingException {
        String schema = Case.of(text).schema;
        Grammar grammar = grammar(schema);
        SchemaValidator validator = new SchemaValidator(json(schema));
        Random random = new Random(17);
        for (int i = 0; i < 100; i++) {
            String json = walk(grammar, random);
            JsonNode value;
            try {
                value = JSON.readTree(json);
            } catch (JsonProcessingException e) {
                throw new AssertionError(json, e);
            }
            assertTrue(validator.isValid(value), () -> schema + "\n" + json);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            quoteCharacter = '`',
            maxCharsPerColumn = -1,
            value = {
                "[1] @ schema: found [1], expected a schema: an object, or true for any value",
                "{'properties':{'x':{'not':{}}},'type':'object'} @ schema.properties.x.not: found a keyword that answers"
                        + " cannot be held to, expected one of $ref, additionalProperties, allOf, anyOf, const, enum,"
                        + " exclusiveMaximum, exclusiveMinimum, format, items, maxItems, maxLength, maximum, minItems,"
                        + " minLength, minimum, oneOf, pattern, prefixItems, properties, required, type",
                "{'type':'text'} @ schema.type: found \"text\", expected one or more of object, array, string, number,"
                        + " integer, boolean, null",
                "{'type':[]} @ schema.type: found no type, expected one or more of object, array, string, number,"
                        + " integer, boolean, null",
                "{'properties':{}} @ schema.properties: found no type beside it, expected one, such as \"type\": \"object\"",
                "{'type':'object','properties':{'a':true},'required':['b']} @ schema.required: found \"b\", which is not"
                        + " among the properties, expected their names only",
                "{'type':'object','required':'a'} @ schema.required: found \"a\", expected a list of names",
                "{'type':'object','properties':[]} @ schema.properties: found [], expected an object",
                "{'type':'array','items':[{}]} @ schema.items: found [{}], expected a schema: an object, or true for any"
                        + " value",
                "{'type':'array','items':{'anyOf':[]}} @ schema.items.anyOf: found [], expected a list of schemas, at"
                        + " least one",
                "{'type':'array','minItems':3,'maxItems':2} @ schema.minItems: found 3, expected at most 2, as there can"
                        + " be no more items",
                "{'type':'array','minItems':-1} @ schema.minItems: found -1, expected a whole number from 0 to 1000000",
                "{'type':'string','maxLength':1.5} @ schema.maxLength: found 1.5, expected a whole number from 0 to"
                        + " 1000000",
                "{'type':'string','minLength':3,'maxLength':2} @ schema.minLength: found 3, expected at most 2, the"
                        + " maxLength",
                "{'type':'string','format':'email'} @ schema.format: found \"email\", expected one of date, date-time,"
                        + " time, uuid",
                "{'type':'string','pattern':'a','maxLength':2} @ schema.pattern: found it beside maxLength, expected one"
                        + " of them",
                "{'type':'string','pattern':'(?=a)b'} @ schema.pattern: found (?=a)b at character 1, expected a group"
                        + " without ? or with ?:",
                "{'type':'string','pattern':'a**'} @ schema.pattern: found * at character 3, expected a character, a set"
                        + " or a group",
                "{'type':'string','pattern':'a\\\\1'} @ schema.pattern: found \\1 at character 2, expected \\d, \\w, \\s,"
                        + " \\t, \\n, \\r, \\f, \\u, \\x or \\ and a sign",
                "{'type':'string','pattern':'a)'} @ schema.pattern: found ) at character 2, expected the end",
                "{'type':'string','pattern':'[b-a]'} @ schema.pattern: found b-a] at character 2, expected a range such"
                        + " as a-z",
                "{'type':'number','minimum':1} @ schema.minimum: found it for numbers, expected it for \"type\":"
                        + " \"integer\" only, or a description",
                "{'type':'integer','minimum':4,'maximum':3} @ schema.minimum: found no whole number between the bounds,"
                        + " expected one",
                "{'type':'integer','minimum':'4'} @ schema.minimum: found \"4\", expected a number of less than 64"
                        + " digits",
                "{'enum':[]} @ schema.enum: found [], expected a list of values, at least one",
                "{'type':'string','enum':[1]} @ schema.enum: found no value that all its keywords allow, expected one",
                "{'enum':['a'],'maxLength':3} @ schema.maxLength: found it beside 1 listed values, expected only the"
                        + " values that it allows",
                "{'$ref':'#/$defs/a'} @ schema.$ref: found \"#/$defs/a\", which leads nowhere in this schema",
                "{'$ref':'http://x/y'} @ schema.$ref: found \"http://x/y\", expected a place in this schema: # or"
                        + " #/$defs/NAME",
                "{'oneOf':[{'type':'integer'},{'type':'number'}]} @ schema.oneOf: found schemas 0 and 1, which may both"
                        + " hold for one value; expected schemas of different types or with a required property of"
                        + " different values, or anyOf",
                "{'allOf':[{'type':'string'},{'type':'null'}]} @ schema.allOf[1].type: found no type that is also in"
                        + " schema.allOf[0].type, expected one",
                "{'allOf':[{'type':'string','pattern':'a'},{'pattern':'b'}]} @ schema.allOf[1].pattern: found another"
                        + " pattern in what has to hold as well (schema.allOf[0]), expected it in one of them",
                "{'type':'object','properties':{'a':{}},'allOf':[{'properties':{'b':{}},'additionalProperties':false}]} @"
                        + " schema.allOf[0].additionalProperties: found it beside other properties that have to hold as"
                        + " well (schema), expected all of them in one schema",
                "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']} @ schema: found references that lead"
                        + " in a circle without end, expected a value between them or an alternative (schema: the rule"
                        + " root never ends, expected a way through it that does not lead back into it)",
                "{'anyOf':[{'$ref':'#'},{'type':'null'}]} @ schema: found references that lead in a circle without end,"
                        + " expected a value between them or an alternative (schema: the rule r0 begins with itself (r0"
                        + " -> r0), expected something in front of it; write a list as item (\",\" item)*)",
            })
    void whatCannotBeFollowed_isRefusedWithItsPath(String schema, String message) {
        SchemaException error = assertThrows(SchemaException.class, () -> grammar(schema));
        assertEquals(message, error.getMessage());
        assertTrue(message.startsWith(error.path() + ": "), error.path());
    }

    @Test
    void circlesOfReferences_endInAnError() {
        SchemaException error = assertThrows(
                SchemaException.class,
                () -> grammar("{'$ref':'#/$defs/a','$defs':{'a':{'$ref':'#/$defs/b'},'b':{'$ref':'#/$defs/a'}}}"));
        assertTrue(error.getMessage().contains("found more than 64 steps through $ref and allOf"), error.getMessage());
    }

    @Test
    void tooMuch_isALimit() {
        String deep = "{'type':'array','items':".repeat(66) + "true" + "}".repeat(66);
        assertTrue(assertThrows(ResourceLimitException.class, () -> grammar(deep))
                .getMessage()
                .endsWith(".items: 65 schemas within each other exceeds the limit of 64 schemas; make definitions of the"
                        + " inner ones, and refer to them"));
        String wide = "{'enum':[" + "1,".repeat(50_000) + "1]}";
        assertEquals(
                "schema: more than 50000 values exceeds the limit of 50000 values; ask for less at once",
                assertThrows(ResourceLimitException.class, () -> grammar(wide)).getMessage());
        String[] names = new String[11_000];
        for (int i = 0; i < names.length; i++) {
            names[i] = "'p" + i + "':{'type':'null'}";
        }
        String many = "{'type':'object','properties':{" + String.join(",", names) + "}}";
        assertEquals(
                "the grammar of a JSON schema: more than 10000 rules exceeds the limit of 10000 rules; ask for less at"
                        + " once",
                assertThrows(ResourceLimitException.class, () -> grammar(many)).getMessage());
    }

    @Test
    void wholeNumbers_areExactlyThoseOfTheRange() {
        Random random = new Random(11);
        for (int i = 0; i < 300; i++) {
            int bound = 1 << 1 + random.nextInt(12);
            int min = random.nextInt(2 * bound) - bound;
            int max = min + random.nextInt(bound);
            String regex = SchemaIntegers.gbnf(BigInteger.valueOf(min), BigInteger.valueOf(max))
                    .replace("\"", "")
                    .replace(" ", "");
            Pattern pattern = Pattern.compile(regex);
            for (int value = min - 1200; value <= max + 1200; value++) {
                assertEquals(
                        value >= min && value <= max,
                        pattern.matcher(Integer.toString(value)).matches(),
                        value + " in " + min + ".." + max + ": " + regex);
            }
        }
    }
}
