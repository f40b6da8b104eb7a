package io.peregrine.model.template;

import io.peregrine.model.template.Statement.Signature;
import io.peregrine.model.template.Statement.Target;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Parses a template's statements.
final class TemplateParser {

    private static final Set<String> CONSTANTS = Set.of("true", "True", "false", "False", "none", "None");

    private static final Set<String> REFUSED =
            Set.of("import", "from", "include", "extends", "block", "autoescape", "do", "trans", "debug");

    private final TokenStream in;
    private final ExpressionParser expressions;
    private int loops;

    private TemplateParser(TokenStream in) {
        this.in = in;
        this.expressions = new ExpressionParser(in);
    }

    static List<Statement> parse(String source, int maxDepth) {
        TemplateParser parser = new TemplateParser(new TokenStream(new Lexer(source), maxDepth));
        List<Statement> body = new ArrayList<>();
        while (parser.in.current().kind() != Token.Kind.END) {
            parser.statement(body);
        }
        return body;
    }

    /// A body up to the tag of one of these names, whose opening and name are consumed.
    private Body body(Token begin, String... ends) {
        in.skipOperator(":");
        in.expect(Token.Kind.BLOCK_END, "'%}'");
        in.enter();
        List<Statement> statements = new ArrayList<>();
        while (true) {
            if (in.current().kind() == Token.Kind.END) {
                throw new SyntaxError(
                        begin.at(),
                        "the block '" + begin.text() + "' is not closed; expected '{% " + ends[ends.length - 1]
                                + " %}'");
            }
            if (in.current().kind() == Token.Kind.BLOCK_BEGIN) {
                for (String end : ends) {
                    if (in.following().isName(end)) {
                        in.take();
                        in.take();
                        in.leave();
                        return new Body(statements, end);
                    }
                }
            }
            statement(statements);
        }
    }

    private record Body(List<Statement> statements, String end) {}

    /// The body of a block that ends in only one way.
    private List<Statement> body(Token begin) {
        List<Statement> statements = body(begin, "end" + begin.text()).statements();
        in.expect(Token.Kind.BLOCK_END, "'%}'");
        return statements;
    }

    private void statement(List<Statement> body) {
        Token token = in.take();
        switch (token.kind()) {
            case DATA -> body.add(new Statement.Data(token.at(), Text.of(token.text(), Origin.TEMPLATE)));
            case PRINT_BEGIN -> {
                body.add(new Statement.Print(token.at(), expressions.tuple(true)));
                in.expect(Token.Kind.PRINT_END, "'}}'");
            }
            case BLOCK_BEGIN -> body.add(block());
            default -> throw new IllegalStateException("the lexer gives no " + token.kind() + " here");
        }
    }

    private Statement block() {
        Token tag = in.expectName("the name of a block");
        return switch (tag.text()) {
            case "if" -> conditional(tag);
            case "for" -> loop(tag);
            case "set" -> assignment(tag);
            case "macro" -> macro(tag);
            case "call" -> callBlock(tag);
            case "filter" -> {
                Expression value = filters(expressions.filter(new Expression.Captured(tag.at())));
                yield new Statement.FilterBlock(tag.at(), value, isolated(tag));
            }
            case "generation" -> new Statement.Block(tag.at(), List.of(), isolated(tag));
            case "with" -> with(tag);
            case "break", "continue" -> jump(tag);
            default -> throw unknown(tag);
        };
    }

    private static SyntaxError unknown(Token tag) {
        String name = tag.text();
        if (REFUSED.contains(name)) {
            return new SyntaxError(
                    tag.at(), "'" + name + "' is not supported: a chat template is one file that loads nothing");
        }
        if (name.startsWith("end") || name.equals("else") || name.equals("elif")) {
            return new SyntaxError(tag.at(), "'" + name + "' without a block that it belongs to");
        }
        return new SyntaxError(tag.at(), "there is no block '" + name + "'");
    }

    /// The body of a block that `break` and `continue` cannot leave.
    private List<Statement> isolated(Token begin) {
        int outside = loops;
        loops = 0;
        List<Statement> body = body(begin);
        loops = outside;
        return body;
    }

    private Statement conditional(Token begin) {
        List<Statement.Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        expressions.enterCondition();
        while (true) {
            Expression condition = expressions.tuple(false);
            Body body = body(begin, "elif", "else", "endif");
            branches.add(new Statement.Branch(condition, body.statements()));
            if (body.end().equals("elif")) {
                continue;
            }
            if (body.end().equals("else")) {
                otherwise = body(begin, "endif").statements();
            }
            break;
        }
        expressions.leaveCondition();
        in.expect(Token.Kind.BLOCK_END, "'%}'");
        return new Statement.If(begin.at(), branches, otherwise);
    }

    private Statement loop(Token begin) {
        Target target = target(false);
        in.expectName("in", "'in'");
        Expression items = expressions.tuple(false);
        Expression filter = in.skipName("if") ? expressions.expression() : null;
        if (in.current().isName("recursive")) {
            throw new SyntaxError(
                    in.current().at(), "recursive loops are not supported; use a macro that calls itself");
        }
        loops++;
        Body body = body(begin, "else", "endfor");
        loops--;
        List<Statement> otherwise = List.of();
        if (body.end().equals("else")) {
            otherwise = body(begin, "endfor").statements();
        }
        in.expect(Token.Kind.BLOCK_END, "'%}'");
        return new Statement.For(begin.at(), target, items, filter, body.statements(), otherwise);
    }

    private Statement jump(Token tag) {
        if (loops == 0) {
            throw new SyntaxError(tag.at(), "'" + tag.text() + "' outside of a loop");
        }
        in.expect(Token.Kind.BLOCK_END, "'%}'");
        return tag.text().equals("break") ? new Statement.Break(tag.at()) : new Statement.Continue(tag.at());
    }

    private Statement assignment(Token begin) {
        Target target = target(true);
        if (in.skipOperator("=")) {
            Expression value = expressions.tuple(true);
            in.expect(Token.Kind.BLOCK_END, "'%}'");
            return new Statement.Assign(begin.at(), target, value);
        }
        Expression value = filters(new Expression.Captured(begin.at()));
        return new Statement.AssignBlock(begin.at(), target, value, isolated(begin));
    }

    private Expression filters(Expression input) {
        Expression value = input;
        while (in.skipOperator("|")) {
            value = expressions.filter(value);
        }
        return value;
    }

    /// One variable or several with commas; with `attributes` also `namespace.attribute`.
    private Target target(boolean attributes) {
        Position at = in.current().at();
        Target first = single(attributes);
        if (!in.current().isOperator(",")) {
            return first;
        }
        List<Target> targets = new ArrayList<>();
        targets.add(first);
        while (in.skipOperator(",")) {
            if (in.current().isName("in")
                    || in.current().isOperator("=")
                    || in.current().isOperator(")")) {
                break;
            }
            targets.add(single(attributes));
        }
        return new Statement.Unpacked(at, targets);
    }

    private Target single(boolean attributes) {
        if (in.current().isOperator("(")) {
            in.take();
            in.enter();
            Target target = target(attributes);
            in.leave();
            in.expectOperator(")");
            return target;
        }
        Token name = variable();
        if (attributes && in.skipOperator(".")) {
            String attribute = in.expectName("the name of an attribute").text();
            return new Statement.NamespaceAttribute(name.at(), name.text(), attribute);
        }
        return new Statement.Variable(name.text());
    }

    private Token variable() {
        Token name = in.expectName("the name of a variable");
        if (CONSTANTS.contains(name.text())) {
            throw new SyntaxError(name.at(), "'" + name.text() + "' cannot be assigned to");
        }
        return name;
    }

    private Statement with(Token begin) {
        List<Statement.Assign> assignments = new ArrayList<>();
        while (in.current().kind() != Token.Kind.BLOCK_END) {
            if (!assignments.isEmpty()) {
                in.expectOperator(",");
            }
            Position at = in.current().at();
            Target target = single(false);
            in.expectOperator("=");
            assignments.add(new Statement.Assign(at, target, expressions.expression()));
        }
        return new Statement.Block(begin.at(), assignments, body(begin));
    }

    private Statement macro(Token begin) {
        String name = variable().text();
        Signature signature = signature();
        return new Statement.MacroDefinition(begin.at(), name, signature, isolated(begin));
    }

    private Statement callBlock(Token begin) {
        Signature signature = in.current().isOperator("(") ? signature() : Signature.EMPTY;
        Expression call = expressions.expression();
        if (!(call instanceof Expression.Call macro)) {
            throw new SyntaxError(call.at(), "a 'call' block needs the call of a macro");
        }
        return new Statement.CallBlock(begin.at(), signature, macro, isolated(begin));
    }

    private Signature signature() {
        in.expectOperator("(");
        Set<String> parameters = new LinkedHashSet<>();
        List<Expression> defaults = new ArrayList<>();
        while (!in.current().isOperator(")")) {
            if (!parameters.isEmpty()) {
                in.expectOperator(",");
            }
            Token name = variable();
            if (!parameters.add(name.text())) {
                throw new SyntaxError(name.at(), "the parameter '" + name.text() + "' appears twice");
            }
            if (in.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw new SyntaxError(name.at(), "a parameter without a default comes after one with a default");
            }
        }
        in.expectOperator(")");
        return new Signature(List.copyOf(parameters), defaults);
    }
}
