package io.peregrine.model.template;

import io.peregrine.model.template.Expression.CallArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Parses expressions, with the precedence of Jinja: from loose to tight `if else`, `or`, `and`, `not`,
/// comparisons and `in`, `+ -`, `~`, `* / // %`, `**`, sign, and last `.name [item] (call) |filter is test`.
final class ExpressionParser {

    /// How tightly operators bind; `not` stands between AND and COMPARISON.
    private static final int OR = 1;

    private static final int AND = 2;
    private static final int NOT = 3;
    private static final int COMPARISON = 4;
    private static final int SUM = 5;
    private static final int CONCATENATION = 6;
    private static final int PRODUCT = 7;
    private static final int POWER = 8;

    private static final Map<String, Comparison.Operator> COMPARISONS = Map.of(
            "==", Comparison.Operator.EQUAL,
            "!=", Comparison.Operator.NOT_EQUAL,
            "<", Comparison.Operator.LESS,
            "<=", Comparison.Operator.LESS_OR_EQUAL,
            ">", Comparison.Operator.GREATER,
            ">=", Comparison.Operator.GREATER_OR_EQUAL);

    private static final Map<String, Arithmetic.Operator> ARITHMETIC = Map.of(
            "+", Arithmetic.Operator.ADD,
            "-", Arithmetic.Operator.SUBTRACT,
            "*", Arithmetic.Operator.MULTIPLY,
            "/", Arithmetic.Operator.DIVIDE,
            "//", Arithmetic.Operator.FLOOR_DIVIDE,
            "%", Arithmetic.Operator.MODULO,
            "**", Arithmetic.Operator.POWER);

    private final TokenStream in;
    /// How many conditions enclose the current place; in one, an unknown filter is an error only when reached.
    private int conditions;

    ExpressionParser(TokenStream in) {
        this.in = in;
    }

    /// Marks that what is parsed until [#leaveCondition] may never be reached.
    void enterCondition() {
        conditions++;
    }

    void leaveCondition() {
        conditions--;
    }

    /// An expression.
    Expression expression() {
        in.enter();
        Position at = in.current().at();
        Expression value = operators(OR);
        while (in.skipName("if")) {
            enterCondition();
            in.enter();
            Expression condition = operators(OR);
            Expression otherwise = in.skipName("else") ? expression() : null;
            in.leave();
            leaveCondition();
            value = new Expression.Conditional(at, condition, value, otherwise);
        }
        in.leave();
        return value;
    }

    /// An expression that stops before `if`, as the items of a loop do.
    Expression unconditional() {
        in.enter();
        Expression value = operators(OR);
        in.leave();
        return value;
    }

    /// An expression, or a tuple without parentheses.
    Expression tuple(boolean conditional) {
        Position at = in.current().at();
        Expression first = conditional ? expression() : unconditional();
        if (!in.current().isOperator(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>();
        items.add(first);
        while (in.skipOperator(",")) {
            if (endsTuple()) {
                break;
            }
            items.add(conditional ? expression() : unconditional());
        }
        return new Expression.ListLiteral(at, items, true);
    }

    private boolean endsTuple() {
        Token token = in.current();
        return token.kind() == Token.Kind.PRINT_END
                || token.kind() == Token.Kind.BLOCK_END
                || token.isOperator(")")
                || token.isName("recursive");
    }

    /// How tightly the operator at the current place binds, or 0 where there is none.
    private int precedence() {
        Token token = in.current();
        if (token.kind() == Token.Kind.NAME) {
            return switch (token.text()) {
                case "or" -> OR;
                case "and" -> AND;
                case "in" -> COMPARISON;
                case "not" -> in.following().isName("in") ? COMPARISON : 0;
                default -> 0;
            };
        }
        if (token.kind() != Token.Kind.OPERATOR) {
            return 0;
        }
        return switch (token.text()) {
            case "==", "!=", "<", "<=", ">", ">=" -> COMPARISON;
            case "+", "-" -> SUM;
            case "~" -> CONCATENATION;
            case "*", "/", "//", "%" -> PRODUCT;
            case "**" -> POWER;
            default -> 0;
        };
    }

    /// An expression of operators that bind at least as tightly as `loosest`. Operators of one precedence make
    /// one node, from left to right, so that long chains are not deep.
    private Expression operators(int loosest) {
        Position at = in.current().at();
        Expression left = loosest <= NOT && in.current().isName("not") ? not() : unary(true);
        for (int level = precedence(); level >= loosest && level > 0; level = precedence()) {
            left = switch (level) {
                case OR -> new Expression.Logic(at, false, operands(left, level));
                case AND -> new Expression.Logic(at, true, operands(left, level));
                case COMPARISON -> comparison(at, left);
                case CONCATENATION -> new Expression.Concatenation(at, operands(left, level));
                default -> calculation(at, left, level);
            };
        }
        return left;
    }

    private Expression not() {
        Position at = in.take().at();
        in.enter();
        Expression operand = operators(NOT);
        in.leave();
        return new Expression.Not(at, operand);
    }

    private List<Expression> operands(Expression first, int level) {
        List<Expression> operands = new ArrayList<>();
        operands.add(first);
        while (precedence() == level) {
            in.take();
            operands.add(operators(level + 1));
        }
        return operands;
    }

    private Expression comparison(Position at, Expression first) {
        List<Expression.Step> steps = new ArrayList<>();
        while (precedence() == COMPARISON) {
            Token token = in.take();
            Comparison.Operator operator = COMPARISONS.get(token.text());
            if (operator == null) {
                operator = token.isName("not") ? Comparison.Operator.NOT_IN : Comparison.Operator.IN;
                if (token.isName("not")) {
                    in.take();
                }
            }
            steps.add(new Expression.Step(operator, operators(SUM)));
        }
        return new Expression.Compared(at, first, steps);
    }

    private Expression calculation(Position at, Expression first, int level) {
        List<Expression.Operation> operations = new ArrayList<>();
        while (precedence() == level) {
            Token token = in.take();
            Arithmetic.Operator operator = Objects.requireNonNull(ARITHMETIC.get(token.text()));
            operations.add(new Expression.Operation(token.at(), operator, operators(level + 1)));
        }
        return new Expression.Calculation(at, first, operations);
    }

    private Expression unary(boolean filters) {
        Token token = in.current();
        Expression value;
        if (token.isOperator("-") || token.isOperator("+")) {
            in.take();
            in.enter();
            value = new Expression.Signed(token.at(), unary(false), token.isOperator("-"));
            in.leave();
        } else {
            value = primary();
        }
        value = postfix(value);
        return filters ? filtersAndTests(value) : value;
    }

    private Expression primary() {
        Token token = in.current();
        switch (token.kind()) {
            case NAME -> {
                in.take();
                return nameOrConstant(token);
            }
            case STRING -> {
                return string();
            }
            case INTEGER -> {
                in.take();
                return new Expression.Constant(token.at(), new NumberValue.Int(integer(token)));
            }
            case FLOAT -> {
                in.take();
                double value = Double.parseDouble(token.text().replace("_", ""));
                return new Expression.Constant(token.at(), new NumberValue.Float(value));
            }
            case OPERATOR -> {
                switch (token.text()) {
                    case "(" -> {
                        return parenthesised();
                    }
                    case "[" -> {
                        return list();
                    }
                    case "{" -> {
                        return dict();
                    }
                    default -> throw in.unexpected("an expression");
                }
            }
            default -> throw in.unexpected("an expression");
        }
    }

    private static Expression nameOrConstant(Token token) {
        Value constant = switch (token.text()) {
            case "true", "True" -> NumberValue.Bool.TRUE;
            case "false", "False" -> NumberValue.Bool.FALSE;
            case "none", "None" -> NoneValue.NONE;
            default -> null;
        };
        return constant == null
                ? new Expression.Name(token.at(), token.text())
                : new Expression.Constant(token.at(), constant);
    }

    private Expression string() {
        Token first = in.take();
        StringBuilder text = new StringBuilder(first.text());
        while (in.current().kind() == Token.Kind.STRING) {
            text.append(in.take().text());
        }
        return new Expression.Constant(first.at(), Text.of(text.toString(), Origin.TEMPLATE));
    }

    private static long integer(Token token) {
        Long value;
        try {
            value = Numbers.parseInteger(Text.of(token.text(), Origin.TEMPLATE), 0);
        } catch (Failure e) {
            throw new SyntaxError(token.at(), "the integer " + token.text() + " does not fit into 64 bits");
        }
        if (value == null) {
            throw new SyntaxError(token.at(), "'" + token.text() + "' is not an integer");
        }
        return value;
    }

    private Expression parenthesised() {
        Position at = in.take().at();
        if (in.skipOperator(")")) {
            return new Expression.ListLiteral(at, List.of(), true);
        }
        Expression value = tuple(true);
        in.expectOperator(")");
        return value;
    }

    private Expression list() {
        Position at = in.take().at();
        List<Expression> items = new ArrayList<>();
        while (!in.current().isOperator("]")) {
            if (!items.isEmpty()) {
                in.expectOperator(",");
                if (in.current().isOperator("]")) {
                    break;
                }
            }
            items.add(expression());
        }
        in.expectOperator("]");
        return new Expression.ListLiteral(at, items, false);
    }

    private Expression dict() {
        Position at = in.take().at();
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!in.current().isOperator("}")) {
            if (!keys.isEmpty()) {
                in.expectOperator(",");
                if (in.current().isOperator("}")) {
                    break;
                }
            }
            keys.add(expression());
            in.expectOperator(":");
            values.add(expression());
        }
        in.expectOperator("}");
        return new Expression.DictLiteral(at, keys, values);
    }

    private Expression postfix(Expression target) {
        Expression value = target;
        while (true) {
            Token token = in.current();
            if (token.isOperator(".")) {
                value = attribute(value);
            } else if (token.isOperator("[")) {
                value = subscript(value);
            } else if (token.isOperator("(")) {
                value = new Expression.Call(token.at(), value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression attribute(Expression target) {
        Position at = in.take().at();
        Token name = in.take();
        if (name.kind() == Token.Kind.NAME) {
            return new Expression.Attribute(at, target, name.text());
        }
        if (name.kind() == Token.Kind.INTEGER) {
            return new Expression.Item(
                    at, target, new Expression.Constant(name.at(), new NumberValue.Int(integer(name))));
        }
        throw new SyntaxError(name.at(), "found " + name.described() + ", expected an attribute's name");
    }

    private Expression subscript(Expression target) {
        Position at = in.take().at();
        Expression key = null;
        if (!in.current().isOperator(":")) {
            key = expression();
            if (in.skipOperator("]")) {
                return new Expression.Item(at, target, key);
            }
        }
        in.expectOperator(":");
        Expression stop = sliceBound();
        Expression step = in.skipOperator(":") ? sliceBound() : null;
        in.expectOperator("]");
        return new Expression.Slice(at, target, key, stop, step);
    }

    private @Nullable Expression sliceBound() {
        return in.current().isOperator(":") || in.current().isOperator("]") ? null : expression();
    }

    private Expression filtersAndTests(Expression input) {
        Expression value = input;
        while (true) {
            Token token = in.current();
            if (token.isOperator("|")) {
                in.take();
                value = filter(value);
            } else if (token.isName("is")) {
                value = test(value);
            } else if (token.isOperator("(")) {
                value = new Expression.Call(token.at(), value, arguments());
            } else {
                return value;
            }
        }
    }

    /// A filter, from its name on.
    Expression filter(Expression input) {
        Token name = in.expectName("the name of a filter");
        if (!Filters.exists(name.text()) && conditions == 0) {
            throw new SyntaxError(name.at(), "there is no filter '" + name.text() + "'");
        }
        CallArguments arguments = in.current().isOperator("(") ? arguments() : CallArguments.NONE;
        return new Expression.Filtered(name.at(), input, name.text(), arguments);
    }

    private Expression test(Expression input) {
        in.take();
        boolean negated = in.skipName("not");
        Token name = in.expectName("the name of a test");
        if (!Tests.exists(name.text()) && conditions == 0) {
            throw new SyntaxError(name.at(), "there is no test '" + name.text() + "'");
        }
        CallArguments arguments = CallArguments.NONE;
        if (in.current().isOperator("(")) {
            arguments = arguments();
        } else if (beginsTestArgument()) {
            if (in.current().isName("is")) {
                throw new SyntaxError(in.current().at(), "tests cannot be chained; combine them with 'and'");
            }
            in.enter();
            arguments = new CallArguments(List.of(postfix(primary())), List.of(), null, null);
            in.leave();
        }
        return new Expression.Tested(name.at(), input, name.text(), arguments, negated);
    }

    private boolean beginsTestArgument() {
        Token token = in.current();
        return switch (token.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
            case OPERATOR -> token.isOperator("[") || token.isOperator("{");
            default -> false;
        };
    }

    /// Arguments in parentheses.
    private CallArguments arguments() {
        in.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Expression.Named> named = new ArrayList<>();
        Expression spread = null;
        Expression namedSpread = null;
        boolean first = true;
        while (!in.current().isOperator(")")) {
            if (!first) {
                in.expectOperator(",");
                if (in.current().isOperator(")")) {
                    break;
                }
            }
            first = false;
            Token token = in.current();
            if (in.skipOperator("*") && spread == null && namedSpread == null) {
                spread = expression();
            } else if (in.skipOperator("**") && namedSpread == null) {
                namedSpread = expression();
            } else if (token.kind() == Token.Kind.NAME && in.following().isOperator("=") && namedSpread == null) {
                in.take();
                in.take();
                named.add(new Expression.Named(token.text(), expression()));
            } else if (named.isEmpty() && spread == null && namedSpread == null) {
                positional.add(expression());
            } else {
                throw new SyntaxError(token.at(), "an argument without a name comes after one with a name");
            }
        }
        in.expectOperator(")");
        return new CallArguments(positional, named, spread, namedSpread);
    }
}
