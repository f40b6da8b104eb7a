package io.peregrine.model.template;

import io.peregrine.model.template.Expression.CallArguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Computes expressions in the interpreter's current scope.
final class Evaluator {

    private final Interpreter interpreter;
    private final Budget budget;

    Evaluator(Interpreter interpreter) {
        this.interpreter = interpreter;
        this.budget = interpreter.budget();
    }

    /// The value of an expression; whatever goes wrong is reported at the innermost one.
    Value value(Expression expression) {
        try {
            return switch (expression) {
                case Expression.Constant constant -> constant.value();
                case Expression.Name name -> interpreter.variable(name.name());
                case Expression.Captured captured -> interpreter.captured();
                default -> {
                    budget.enter();
                    Value value = compound(expression);
                    budget.leave();
                    yield value;
                }
            };
        } catch (Failure failure) {
            throw interpreter.located(failure, expression.at());
        }
    }

    boolean truth(Expression condition) {
        return Truth.of(value(condition));
    }

    private Value compound(Expression expression) {
        return switch (expression) {
            case Expression.ListLiteral list -> list(list);
            case Expression.DictLiteral dict -> dict(dict);
            case Expression.Attribute access -> Access.attribute(value(access.target()), access.name(), budget);
            case Expression.Item access -> Access.item(value(access.target()), value(access.key()), budget);
            case Expression.Slice slice -> slice(slice);
            case Expression.Call call -> call(call, Map.of());
            case Expression.Filtered filtered ->
                Filters.apply(filtered.filter(), value(filtered.input()), arguments(filtered.arguments()), interpreter);
            case Expression.Tested tested -> {
                Value input = value(tested.input());
                boolean holds = Tests.apply(tested.test(), input, arguments(tested.arguments()), budget);
                yield NumberValue.Bool.of(holds != tested.negated());
            }
            case Expression.Not not -> NumberValue.Bool.of(!truth(not.operand()));
            case Expression.Signed signed -> Arithmetic.sign(value(signed.operand()), signed.negative());
            case Expression.Calculation calculation -> calculation(calculation);
            case Expression.Concatenation concatenation -> concatenation(concatenation);
            case Expression.Compared compared -> compared(compared);
            case Expression.Logic logic -> logic(logic);
            case Expression.Conditional conditional -> conditional(conditional);
            case Expression.Constant c -> c.value();
            case Expression.Name n -> interpreter.variable(n.name());
            case Expression.Captured c -> interpreter.captured();
        };
    }

    private Value list(Expression.ListLiteral literal) {
        budget.elements(literal.items().size());
        List<Value> items = new ArrayList<>(literal.items().size());
        for (Expression item : literal.items()) {
            items.add(value(item));
        }
        return literal.tuple() ? ListValue.tuple(items) : ListValue.list(items);
    }

    private Value dict(Expression.DictLiteral literal) {
        DictValue dict = new DictValue();
        for (int i = 0; i < literal.keys().size(); i++) {
            Value key = value(literal.keys().get(i));
            dict.put(key, value(literal.values().get(i)), budget);
        }
        return dict;
    }

    private Value slice(Expression.Slice slice) {
        Value target = value(slice.target());
        if (target instanceof Undefined undefined) {
            throw undefined.failure();
        }
        return Sequences.slice(target, bound(slice.start()), bound(slice.stop()), bound(slice.step()), budget);
    }

    private @Nullable Long bound(@Nullable Expression expression) {
        Value value = expression == null ? NoneValue.NONE : value(expression);
        if (value == NoneValue.NONE) {
            return null;
        }
        if (value instanceof NumberValue number && !(value instanceof NumberValue.Float)) {
            return number.whole();
        }
        throw value instanceof Undefined undefined
                ? undefined.failure()
                : new Failure("the bound of a slice is " + Kind.withArticle(value) + ", expected an integer");
    }

    /// A call, with further named arguments.
    Value call(Expression.Call call, Map<String, Value> further) {
        Value target = value(call.target());
        Arguments arguments = arguments(call.arguments());
        if (!further.isEmpty()) {
            Map<String, Value> named = new LinkedHashMap<>(arguments.named());
            named.putAll(further);
            arguments = new Arguments(arguments.positional(), named);
        }
        return switch (target) {
            case Callable callable -> callable.call(arguments, interpreter);
            case Undefined undefined -> throw undefined.failure();
            default -> throw new Failure(Kind.withArticle(target) + " cannot be called");
        };
    }

    private Arguments arguments(CallArguments arguments) {
        if (arguments == CallArguments.NONE) {
            return Arguments.NONE;
        }
        List<Value> positional = new ArrayList<>(arguments.positional().size());
        for (Expression argument : arguments.positional()) {
            positional.add(value(argument));
        }
        Map<String, Value> named = arguments.named().isEmpty() ? Map.of() : new LinkedHashMap<>();
        for (Expression.Named argument : arguments.named()) {
            if (named.put(argument.name(), value(argument.value())) != null) {
                throw new Failure("the argument '" + argument.name() + "' is given twice");
            }
        }
        if (arguments.spread() != null) {
            positional.addAll(Cursor.list(value(arguments.spread()), budget));
        }
        if (arguments.namedSpread() != null) {
            named = new LinkedHashMap<>(named);
            spread(value(arguments.namedSpread()), named);
        }
        return new Arguments(positional, named);
    }

    private void spread(Value value, Map<String, Value> named) {
        if (!(value instanceof DictValue dict)) {
            throw new Failure("'**' needs a mapping, found " + Kind.withArticle(value));
        }
        for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
            budget.entries(1);
            String name = Display.text(entry.getKey(), budget).toString();
            if (named.put(name, entry.getValue()) != null) {
                throw new Failure("the argument '" + name + "' is given twice");
            }
        }
    }

    private Value calculation(Expression.Calculation calculation) {
        Value result = value(calculation.first());
        for (Expression.Operation operation : calculation.operations()) {
            Value operand = value(operation.operand());
            try {
                result = Arithmetic.apply(operation.operator(), result, operand, budget);
            } catch (Failure failure) {
                throw interpreter.located(failure, operation.at());
            }
        }
        return result;
    }

    private Value concatenation(Expression.Concatenation concatenation) {
        Text result = Text.EMPTY;
        for (Expression part : concatenation.parts()) {
            result = result.concat(Display.text(value(part), budget), budget);
        }
        return result;
    }

    private Value compared(Expression.Compared compared) {
        Value left = value(compared.first());
        for (Expression.Step step : compared.steps()) {
            Value right = value(step.operand());
            if (!Comparison.test(step.operator(), left, right, budget)) {
                return NumberValue.Bool.FALSE;
            }
            left = right;
        }
        return NumberValue.Bool.TRUE;
    }

    private Value logic(Expression.Logic logic) {
        int last = logic.operands().size() - 1;
        for (int i = 0; i < last; i++) {
            Value value = value(logic.operands().get(i));
            if (Truth.of(value) != logic.and()) {
                return value;
            }
        }
        return value(logic.operands().get(last));
    }

    private Value conditional(Expression.Conditional conditional) {
        if (truth(conditional.condition())) {
            return value(conditional.then());
        }
        Expression otherwise = conditional.otherwise();
        return otherwise == null ? new Undefined("the condition without an 'else' was false") : value(otherwise);
    }
}
