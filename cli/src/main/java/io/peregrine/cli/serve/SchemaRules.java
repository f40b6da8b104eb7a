package io.peregrine.cli.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.core.ResourceLimitException;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/// Writes a schema as rules of GBNF: one for each schema within it, and some that all share.
final class SchemaRules {

    private static final int LIMIT_DEPTH = 64;
    private static final int LIMIT_COUNT = 1_000_000;
    private static final int LIMIT_TEXT = 2 << 20;
    private static final int LIMIT_RULES = 10_000;

    private static final String SHARED = """
            any ::= any-object | any-array | string | number | "true" | "false" | "null"
            any-object ::= "{" ws ("}" | any-member ("," ws any-member)* "}")
            any-member ::= string ":" ws any ws
            any-array ::= "[" ws ("]" | any ws ("," ws any ws)* "]")
            string ::= "\\"" char* "\\""
            char ::= [^"\\\\\\x00-\\x1F] | "\\\\" (["\\\\/bfnrt] | "u" code)
            code ::= [0-9a-cefA-CEF] hex{3} | [dD] ([0-7] hex{2} | [89abAB] hex{2} "\\\\u" [dD] [c-fC-F] hex{2})
            hex ::= [0-9a-fA-F]
            number ::= "-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?
            ws ::= (" " | "\\n" " "{0,20})?
            plain ::= [^"\\\\\\x00-\\x1F]
            year ::= [0-9]{4}
            leap-year ::= [0-9]{2} ("0" [48] | [2468] [048] | [13579] [26]) | ([02468] [048] | [13579] [26]) "00"
            date ::= year "-" month-day | leap-year "-02-29"
            month-day ::= month "-" ("0" [1-9] | [12] [0-9] | "30") | long-month "-31" | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8])
            month ::= "0" [13-9] | "1" [0-2]
            long-month ::= "0" [13578] | "1" [02]
            time ::= hour ":" sixty ":" sixty ("." [0-9]{1,9})? ("Z" | [-+] hour ":" sixty)
            hour ::= [01] [0-9] | "2" [0-3]
            sixty ::= [0-5] [0-9]
            date-time ::= date "T" time
            uuid ::= hex{8} "-" hex{4} "-" hex{4} "-" hex{4} "-" hex{12}
            """;

    private static final List<String> FORMATS = List.of("date", "date-time", "time", "uuid");

    private final SchemaReferences references;
    private final SchemaChoice choice;
    private final StringBuilder text = new StringBuilder();
    private final Map<JsonNode, String> names = new HashMap<>();
    private final Deque<Open> open = new ArrayDeque<>();
    private int rules;

    /// A schema whose rule is still to be written.
    private record Open(String name, SchemaNode node, int depth) {}

    /// @param root the whole schema
    /// @param path of it, for messages
    SchemaRules(JsonNode root, String path) {
        this.references = new SchemaReferences(root, path);
        this.choice = new SchemaChoice(references);
        SchemaNode node = SchemaNode.of(root, path);
        text.append("root ::= ").append(reference(node, 0)).append('\n');
        while (!open.isEmpty()) {
            Open next = open.remove();
            define(next.name, body(references.joined(next.node), next.depth));
        }
        text.append(SHARED);
    }

    /// The grammar.
    String gbnf() {
        return text.toString();
    }

    private void define(String name, String body) {
        text.append(name).append(" ::= ").append(body).append('\n');
        if (text.length() > LIMIT_TEXT) {
            throw tooLarge("grammar", "more than " + LIMIT_TEXT + " characters", LIMIT_TEXT + " characters");
        }
    }

    private static ResourceLimitException tooLarge(String what, String asked, String limit) {
        return new ResourceLimitException("the " + what + " of a JSON schema", asked, limit, "ask for less at once");
    }

    private String newName() {
        if (rules == LIMIT_RULES) {
            throw tooLarge("grammar", "more than " + LIMIT_RULES + " rules", LIMIT_RULES + " rules");
        }
        return "r" + rules++;
    }

    /// The rule of a schema, made if there is none for an equal one.
    private String reference(SchemaNode node, int depth) {
        SchemaNode target = node;
        for (int steps = 0; target.has("$ref") && target.without("$ref").isSilent() && steps < LIMIT_DEPTH; steps++) {
            target = references.target(target);
        }
        boolean named = target != node;
        String known = names.get(target.json());
        if (known != null) {
            return known;
        }
        if (depth > LIMIT_DEPTH) {
            throw new ResourceLimitException(
                    target.path(),
                    depth + " schemas within each other",
                    LIMIT_DEPTH + " schemas",
                    "make definitions of the inner ones, and refer to them");
        }
        String name = newName();
        names.put(target.json(), name);
        open.add(new Open(name, target, named ? 0 : depth));
        return name;
    }

    private String reference(JsonNode json, String path, int depth) {
        return reference(SchemaNode.of(json, path), depth + 1);
    }

    private String body(SchemaNode node, int depth) {
        for (String keyword : List.of("anyOf", "oneOf")) {
            if (node.has(keyword)) {
                return alternatives(node, keyword, depth);
            }
        }
        List<JsonNode> values = node.values();
        if (values != null) {
            checkAlone(node, values);
            return String.join(
                    " | ", values.stream().map(value -> SchemaText.literal(value.toString())).toList());
        }
        if (!node.has("type")) {
            if (!node.isSilent()) {
                String first = node.json().fieldNames().next();
                throw node.error(first, "found no type beside it, expected one, such as \"type\": \"object\"");
            }
            return "any";
        }
        List<String> options = new ArrayList<>();
        for (String type : node.types()) {
            options.add(switch (type) {
                case "object" -> object(node, depth);
                case "array" -> array(node, depth);
                case "string" -> string(node);
                case "number" -> number(node);
                case "integer" -> integer(node);
                case "boolean" -> "\"true\" | \"false\"";
                default -> "\"null\"";
            });
        }
        return String.join(" | ", options);
    }

    /// Beside listed values only their types may be said.
    private static void checkAlone(SchemaNode node, List<JsonNode> values) {
        SchemaNode rest = node.without("enum", "const", "type");
        if (!rest.isSilent()) {
            String keyword = rest.json().propertyStream()
                    .map(Map.Entry::getKey)
                    .filter(name -> !new SchemaNode(JsonNodeFactory.instance.objectNode().put(name, 0), "").isSilent())
                    .findFirst()
                    .orElseThrow();
            throw node.error(
                    keyword,
                    "found it beside " + values.size() + " listed values, expected only the values that it allows");
        }
    }

    /// One of several schemas, each joined with what is beside the list.
    private String alternatives(SchemaNode node, String keyword, int depth) {
        List<SchemaNode> alternatives = node.schemas(keyword);
        for (int i = 0; keyword.equals("oneOf") && i < alternatives.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (!choice.areApart(alternatives.get(j), alternatives.get(i))) {
                    throw node.error(
                            keyword,
                            "found schemas " + j + " and " + i + ", which may both hold for one value; expected schemas"
                                    + " of different types or with a required property of different values, or anyOf");
                }
            }
        }
        SchemaNode rest = node.without(keyword);
        List<String> options = new ArrayList<>();
        for (SchemaNode alternative : alternatives) {
            SchemaNode option = alternative;
            if (!rest.isSilent()) {
                ObjectNode both = JsonNodeFactory.instance.objectNode();
                both.putArray("allOf").add(rest.json()).add(alternative.json());
                option = new SchemaNode(both, alternative.path());
            }
            options.add(reference(option, depth + 1));
        }
        return String.join(" | ", options);
    }

    /// A property and its value.
    ///
    /// @param rule of the value
    private record Member(String name, String rule, boolean required) {

        String gbnf() {
            return SchemaText.json(name) + " \":\" ws " + rule + " ws";
        }
    }

    /// Properties in their order, then others if they are allowed.
    private String object(SchemaNode node, int depth) {
        Set<String> required = node.names("required");
        List<Member> members = new ArrayList<>();
        for (Map.Entry<String, JsonNode> property : node.object("properties").properties()) {
            String name = property.getKey();
            String rule = reference(property.getValue(), SchemaNode.path(node.path("properties"), name), depth);
            members.add(new Member(name, rule, required.remove(name)));
        }
        if (!required.isEmpty()) {
            throw node.error(
                    "required",
                    "found " + SchemaNode.shown(JsonNodeFactory.instance.textNode(required.iterator().next()))
                            + ", which is not among the properties, expected their names only");
        }
        String other = additional(node, members, depth);
        String first = other == null ? "\"\"" : "(" + other + " (\",\" ws " + other + ")*)?";
        String next = other == null ? "\"\"" : "(\",\" ws " + other + ")*";
        boolean skippable = true;
        List<String> beginnings = new ArrayList<>();
        String[] after = new String[members.size() + 1];
        after[members.size()] = next;
        for (int i = members.size() - 1; i >= 0; i--) {
            Member member = members.get(i);
            String name = newName();
            String one = "\",\" ws " + member.gbnf() + " " + after[i + 1];
            define(name, member.required ? one : one + " | " + after[i + 1]);
            after[i] = name;
        }
        for (int i = 0; i < members.size() && skippable; i++) {
            beginnings.add(members.get(i).gbnf() + " " + after[i + 1]);
            skippable = !members.get(i).required;
        }
        if (skippable) {
            beginnings.add(first);
        }
        return "\"{\" ws (" + String.join(" | ", beginnings) + ") \"}\"";
    }

    /// The rule of a property that is not listed, or null if there may be none: where the schema lists properties and
    /// does not say. Its name has no escapes, so that it cannot be a listed one in another spelling.
    private @Nullable String additional(SchemaNode node, List<Member> members, int depth) {
        JsonNode additional = node.get("additionalProperties");
        if (additional == null) {
            return node.has("properties") ? null : "any-member";
        }
        if (additional.isBoolean() && !additional.booleanValue()) {
            return null;
        }
        String value = reference(additional, node.path("additionalProperties"), depth);
        String name = newName();
        define(name, "\"\\\"\" (" + otherNames(members) + ") \"\\\"\" \":\" ws " + value + " ws");
        return name;
    }

    /// Letters that continue listed names, and whether one ends here.
    private static final class Letters {
        private final Map<Integer, Letters> next = new TreeMap<>();
        private boolean end;
    }

    /// Every text but those of listed names.
    private String otherNames(List<Member> members) {
        Letters root = new Letters();
        for (Member member : members) {
            Letters at = root;
            for (int letter : member.name.codePoints().toArray()) {
                at = at.next.computeIfAbsent(letter, _ -> new Letters());
            }
            at.end = true;
        }
        return otherNames(root);
    }

    private String otherNames(Letters letters) {
        if (letters.next.isEmpty()) {
            return letters.end ? "plain+" : "plain*";
        }
        StringBuilder own = new StringBuilder("[^\"\\\\\\x00-\\x1F");
        List<String> options = new ArrayList<>();
        for (Map.Entry<Integer, Letters> letter : letters.next.entrySet()) {
            int c = letter.getKey();
            boolean writable = c >= ' ' && c != '"' && c != '\\' && (c < 0xD800 || c > 0xDFFF);
            if (writable) {
                String name = newName();
                define(name, otherNames(letter.getValue()));
                own.append(SchemaText.range(c, c));
                options.add("[" + SchemaText.range(c, c) + "] " + name);
            }
        }
        options.addFirst(own.append("] plain*").toString());
        if (!letters.end) {
            options.add("\"\"");
        }
        return String.join(" | ", options);
    }

    private String array(SchemaNode node, int depth) {
        int min = Math.max(0, node.count("minItems", LIMIT_COUNT));
        int most = node.count("maxItems", LIMIT_COUNT);
        List<String> first = new ArrayList<>();
        if (node.has("prefixItems")) {
            for (SchemaNode item : node.schemas("prefixItems")) {
                first.add(reference(item, depth + 1) + " ws");
            }
        }
        JsonNode items = node.get("items");
        boolean more = items == null ? first.isEmpty() : !(items.isBoolean() && !items.booleanValue());
        int max = more ? (most < 0 ? Integer.MAX_VALUE : most) : most < 0 ? first.size() : Math.min(most, first.size());
        if (min > max) {
            throw node.error("minItems", "found " + min + ", expected at most " + max + ", as there can be no more items");
        }
        String item = !more ? "" : (items == null ? "any" : reference(items, node.path("items"), depth)) + " ws";
        String rest = "";
        int listed = Math.min(first.size(), max);
        if (more && max > first.size()) {
            int least = Math.max(0, min - first.size());
            String limit = max == Integer.MAX_VALUE ? "" : Integer.toString(max - first.size());
            if (listed > 0) {
                rest = "(\",\" ws " + item + "){" + least + "," + limit + "}";
            } else {
                limit = max == Integer.MAX_VALUE ? "" : Integer.toString(max - 1);
                rest = item + " (\",\" ws " + item + "){" + Math.max(0, least - 1) + "," + limit + "}";
                rest = min == 0 ? "(" + rest + ")?" : rest;
            }
        }
        for (int i = listed - 1; i >= 0; i--) {
            String one = (i > 0 ? "\",\" ws " : "") + first.get(i) + " " + rest;
            if (i < min) {
                rest = one;
            } else {
                String name = newName();
                define(name, "(" + one + ")?");
                rest = name;
            }
        }
        return "\"[\" ws " + rest + " \"]\"";
    }

    private String string(SchemaNode node) {
        int min = node.count("minLength", LIMIT_COUNT);
        int max = node.count("maxLength", LIMIT_COUNT);
        if (max >= 0 && min > max) {
            throw node.error("minLength", "found " + min + ", expected at most " + max + ", the maxLength");
        }
        JsonNode pattern = node.get("pattern");
        JsonNode format = node.get("format");
        for (String keyword : List.of("format", "pattern")) {
            JsonNode value = node.get(keyword);
            if (value != null && !value.isTextual()) {
                throw node.error(keyword, "found " + SchemaNode.shown(value) + ", expected a text");
            }
            if (value != null && (min >= 0 || max >= 0 || pattern != null && format != null)) {
                throw node.error(keyword, "found it beside " + (min >= 0 ? "minLength" : max >= 0 ? "maxLength" : "pattern")
                        + ", expected one of them");
            }
        }
        if (format != null) {
            if (!FORMATS.contains(format.textValue())) {
                throw node.error(
                        "format", "found " + SchemaNode.shown(format) + ", expected one of " + String.join(", ", FORMATS));
            }
            return "\"\\\"\" " + format.textValue() + " \"\\\"\"";
        }
        if (pattern != null) {
            return "\"\\\"\" (" + SchemaPattern.gbnf(pattern.textValue(), node.path("pattern")) + ") \"\\\"\"";
        }
        return min < 0 && max < 0
                ? "string"
                : "\"\\\"\" char{" + Math.max(0, min) + "," + (max < 0 ? "" : max) + "} \"\\\"\"";
    }

    private static String number(SchemaNode node) {
        for (String keyword : List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")) {
            if (node.has(keyword)) {
                throw node.error(
                        keyword, "found it for numbers, expected it for \"type\": \"integer\" only, or a description");
            }
        }
        return "number";
    }

    private static String integer(SchemaNode node) {
        BigInteger least = node.bound("minimum", true, false);
        BigInteger min = stricter(least, node.bound("exclusiveMinimum", true, true), BigInteger::max);
        BigInteger most = node.bound("maximum", false, false);
        BigInteger max = stricter(most, node.bound("exclusiveMaximum", false, true), BigInteger::min);
        if (min != null && max != null && min.compareTo(max) > 0) {
            throw node.error(
                    node.has("minimum") ? "minimum" : "exclusiveMinimum",
                    "found no whole number between the bounds, expected one");
        }
        return SchemaIntegers.gbnf(min, max);
    }

    /// Of two bounds that may be missing the one that says more.
    private static @Nullable BigInteger stricter(
            @Nullable BigInteger one, @Nullable BigInteger other, BinaryOperator<BigInteger> choice) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return choice.apply(one, other);
    }
}
