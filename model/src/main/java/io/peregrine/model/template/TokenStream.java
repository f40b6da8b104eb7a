package io.peregrine.model.template;

/// The tokens of a template as the parser takes them, and a count of how deep it has gone.
final class TokenStream {

    private final Lexer lexer;
    private final int maxDepth;
    private Token current;
    private Token following;
    private int depth;

    TokenStream(Lexer lexer, int maxDepth) {
        this.lexer = lexer;
        this.maxDepth = maxDepth;
        this.current = lexer.next();
        this.following = lexer.next();
    }

    Token current() {
        return current;
    }

    Token following() {
        return following;
    }

    /// Returns the current token and goes to the next.
    Token take() {
        Token token = current;
        current = following;
        following = lexer.next();
        return token;
    }

    boolean skipName(String name) {
        boolean found = current.isName(name);
        if (found) {
            take();
        }
        return found;
    }

    boolean skipOperator(String operator) {
        boolean found = current.isOperator(operator);
        if (found) {
            take();
        }
        return found;
    }

    Token expectName(String what) {
        if (current.kind() != Token.Kind.NAME) {
            throw unexpected(what);
        }
        return take();
    }

    void expectName(String name, String what) {
        if (!skipName(name)) {
            throw unexpected(what);
        }
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    void expect(Token.Kind kind, String what) {
        if (current.kind() != kind) {
            throw unexpected(what);
        }
        take();
    }

    /// The error that the current token is not what was expected.
    SyntaxError unexpected(String expected) {
        return new SyntaxError(current.at(), "found " + current.described() + ", expected " + expected);
    }

    /// Goes one level deeper in the nesting of brackets and blocks; [#leave] comes back.
    void enter() {
        if (depth >= maxDepth) {
            throw new SyntaxError(
                    current.at(),
                    "the template is nested deeper than " + maxDepth
                            + " levels (raise TemplateLimits.depth if that is right)");
        }
        depth++;
    }

    void leave() {
        depth--;
    }
}
