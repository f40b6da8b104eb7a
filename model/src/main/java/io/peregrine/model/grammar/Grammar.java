package io.peregrine.model.grammar;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a text may be: answers that are given a grammar follow it byte by byte, to its end.
///
/// Immutable; safe for any thread. Grammars with the same name and source are equal, and share what is found out about them.
public final class Grammar {

    private final String name;
    private final String source;
    private final Program program;

    private Grammar(String name, String source) {
        this.name = name;
        this.source = source;
        this.program = Compiler.compile(name, GbnfParser.parse(name, source));
    }

    /// A grammar in the notation GBNF of llama.cpp (`grammars/README.md`): rules `name ::= ...` of texts `"..."`, sets
    /// of characters `[a-z]` and `[^"]`, any character `.`, other rules, groups `(...)`, alternatives `|` and
    /// repetitions `* + ? {m} {m,} {m,n}`; comments begin with `#`. The rule `root` is the whole text.
    ///
    /// References to tokens (`<think>`) are not supported. A rule may not begin with itself.
    ///
    /// @throws GrammarException if the text is not a grammar, naming line and column
    /// @throws io.peregrine.core.ResourceLimitException if it is too large, or repeats or nests too much
    public static Grammar parse(String gbnf) {
        return parse("grammar", gbnf);
    }

    /// As [#parse(String)].
    ///
    /// @param name what messages call it, such as the file it is from
    public static Grammar parse(String name, String gbnf) {
        return new Grammar(Objects.requireNonNull(name), gbnf);
    }

    /// Any JSON object. White space is a blank or a line break with up to 20 blanks at a place, numbers have up to 15
    /// digits before and behind the point and two in the exponent, halves of characters come in pairs; names may come
    /// twice, as RFC 8259 has it.
    public static Grammar json() {
        return Json.OBJECT;
    }

    Program program() {
        return program;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Grammar grammar && name.equals(grammar.name) && source.equals(grammar.source);
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }

    /// Made when first asked for.
    private static final class Json {
        static final Grammar OBJECT = parse("JSON", """
                root ::= object
                object ::= "{" ws ("}" | member ("," ws member)* "}")
                member ::= string ":" ws value ws
                array ::= "[" ws ("]" | value ws ("," ws value ws)* "]")
                value ::= object | array | string | number | "true" | "false" | "null"
                string ::= "\\"" char* "\\""
                char ::= [^"\\\\\\x00-\\x1F] | "\\\\" (["\\\\/bfnrt] | "u" code)
                code ::= [0-9a-cefA-CEF] hex{3} | [dD] ([0-7] hex{2} | [89abAB] hex{2} "\\\\u" [dD] [c-fC-F] hex{2})
                hex ::= [0-9a-fA-F]
                number ::= "-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?
                ws ::= (" " | "\\n" " "{0,20})?
                """);
    }
}
