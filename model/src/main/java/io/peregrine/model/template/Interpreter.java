package io.peregrine.model.template;

import io.peregrine.core.TemplateException;
import io.peregrine.model.template.Statement.Target;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Runs the statements of one template once. Used by one thread.
final class Interpreter {

    /// A macro has a scope and a text of its own.
    private static final int STEPS_OF_CALLING = 8;

    /// Steps of one round of a loop, on top of those of its body.
    private static final int ROUND_STEPS = 4;

    /// How a statement ended.
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final String template;
    private final Map<String, Value> globals;
    private final Budget budget;
    private final Clock clock;
    private final Evaluator evaluator;
    private Scope scope = new Scope(null);
    private TextBuffer out;
    private Text captured = Text.EMPTY;

    Interpreter(String template, Map<String, Value> globals, Budget budget, Clock clock) {
        this.template = template;
        this.globals = globals;
        this.budget = budget;
        this.clock = clock;
        this.evaluator = new Evaluator(this);
        this.out = new TextBuffer(budget);
    }

    Budget budget() {
        return budget;
    }

    Clock clock() {
        return clock;
    }

    /// The text that the enclosing block `set` or `filter` has just captured.
    Text captured() {
        return captured;
    }

    TemplateException located(Failure failure, Position at) {
        return new TemplateException(template, at.line(), at.column(), failure.problem());
    }

    Value variable(String name) {
        budget.step();
        Value value = scope.find(name);
        if (value == null) {
            value = globals.get(name);
        }
        if (value == null) {
            value = Functions.find(name);
        }
        return value == null ? Undefined.variable(name) : value;
    }

    /// Runs a whole template and returns what it wrote.
    Text run(List<Statement> body) {
        statements(body);
        return out.toText();
    }

    private Flow statements(List<Statement> body) {
        for (Statement statement : body) {
            Flow flow = statement(statement);
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }

    private Flow statement(Statement statement) {
        try {
            budget.enter();
            Flow flow = Flow.NEXT;
            switch (statement) {
                case Statement.Data data -> out.append(data.text());
                case Statement.Print print -> out.append(Display.text(evaluator.value(print.value()), budget));
                case Statement.If choice -> flow = choice(choice);
                case Statement.For loop -> flow = loop(loop);
                case Statement.Assign assign -> assign(assign.target(), evaluator.value(assign.value()));
                case Statement.AssignBlock assign -> assign(assign.target(), filtered(assign.value(), assign.body()));
                case Statement.FilterBlock filter ->
                    out.append(Display.text(filtered(filter.value(), filter.body()), budget));
                case Statement.MacroDefinition macro ->
                    scope.set(macro.name(), new Macro(macro.name(), macro.signature(), macro.body(), scope));
                case Statement.CallBlock call -> callBlock(call);
                case Statement.Block block -> flow = block(block);
                case Statement.Break b -> flow = Flow.BREAK;
                case Statement.Continue c -> flow = Flow.CONTINUE;
            }
            budget.leave();
            return flow;
        } catch (Failure failure) {
            throw located(failure, statement.at());
        }
    }

    private Flow choice(Statement.If choice) {
        for (Statement.Branch branch : choice.branches()) {
            if (evaluator.truth(branch.condition())) {
                return statements(branch.body());
            }
        }
        return statements(choice.otherwise());
    }

    private Flow loop(Statement.For statement) {
        Scope outside = scope;
        Value items = evaluator.value(statement.items());
        Expression filter = statement.filter();
        if (filter != null) {
            items = ListValue.list(select(statement.target(), items, filter));
        }
        Loop loop = new Loop(Cursor.of(items, budget));
        boolean empty = true;
        for (Value item = loop.advance(); item != null; item = loop.advance()) {
            empty = false;
            budget.steps(ROUND_STEPS);
            scope = new Scope(outside);
            scope.set("loop", loop);
            assign(statement.target(), item);
            if (statements(statement.body()) == Flow.BREAK) {
                break;
            }
        }
        scope = outside;
        return empty ? statements(statement.otherwise()) : Flow.NEXT;
    }

    private List<Value> select(Target target, Value items, Expression filter) {
        Scope outside = scope;
        Cursor cursor = Cursor.of(items, budget);
        List<Value> selected = new ArrayList<>();
        for (Value item = cursor.next(); item != null; item = cursor.next()) {
            budget.steps(ROUND_STEPS);
            scope = new Scope(outside);
            assign(target, item);
            if (evaluator.truth(filter)) {
                budget.elements(1);
                selected.add(item);
            }
        }
        scope = outside;
        return selected;
    }

    private Flow block(Statement.Block block) {
        Scope outside = scope;
        List<Value> values = new ArrayList<>(block.assignments().size());
        for (Statement.Assign assign : block.assignments()) {
            values.add(evaluator.value(assign.value()));
        }
        scope = new Scope(outside);
        for (int i = 0; i < values.size(); i++) {
            assign(block.assignments().get(i).target(), values.get(i));
        }
        Flow flow = statements(block.body());
        scope = outside;
        return flow;
    }

    private Value filtered(Expression value, List<Statement> body) {
        captured = capture(new Scope(scope), body);
        return evaluator.value(value);
    }

    private void callBlock(Statement.CallBlock block) {
        Macro caller = new Macro("caller", block.signature(), block.body(), scope);
        out.append(Display.text(evaluator.call(block.call(), Map.of("caller", caller)), budget));
    }

    /// What a body writes when it runs in a scope.
    private Text capture(Scope inner, List<Statement> body) {
        Scope outside = scope;
        TextBuffer outer = out;
        scope = inner;
        out = new TextBuffer(budget);
        statements(body);
        Text text = out.toText();
        scope = outside;
        out = outer;
        return text;
    }

    private void assign(Target target, Value value) {
        switch (target) {
            case Statement.Variable variable -> scope.set(variable.name(), value);
            case Statement.NamespaceAttribute attribute -> {
                if (!(variable(attribute.namespace()) instanceof Namespace namespace)) {
                    throw new Failure("'" + attribute.namespace() + "' is not a namespace, so '" + attribute.namespace()
                            + "." + attribute.attribute() + "' cannot be set");
                }
                if (namespace.attributes().put(attribute.attribute(), value) == null) {
                    budget.entries(1);
                }
            }
            case Statement.Unpacked unpacked -> {
                List<Value> values = Cursor.list(value, budget);
                if (values.size() != unpacked.targets().size()) {
                    throw new Failure("found " + values.size() + " values for "
                            + unpacked.targets().size() + " variables");
                }
                for (int i = 0; i < values.size(); i++) {
                    assign(unpacked.targets().get(i), values.get(i));
                }
            }
        }
    }

    /// Runs a macro.
    Text invoke(Macro macro, Arguments arguments) {
        budget.steps(STEPS_OF_CALLING);
        Statement.Signature signature = macro.signature();
        List<String> parameters = signature.parameters();
        Scope inner = new Scope(macro.scope());
        Map<String, Value> named = arguments.named();
        int passed = 0;
        if (arguments.positional().size() > parameters.size()) {
            throw new Failure("the macro '" + macro.name() + "' takes at most " + parameters.size()
                    + " arguments, found " + arguments.positional().size());
        }
        Scope outside = scope;
        scope = inner;
        for (int i = 0; i < parameters.size(); i++) {
            String name = parameters.get(i);
            Value value = named.get(name);
            if (value != null) {
                passed++;
            }
            if (i < arguments.positional().size()) {
                if (value != null) {
                    throw new Failure("the macro '" + macro.name() + "' got two values for '" + name + "'");
                }
                value = arguments.positional().get(i);
            }
            int withDefault = i - parameters.size() + signature.defaults().size();
            if (value == null) {
                value = withDefault >= 0
                        ? evaluator.value(signature.defaults().get(withDefault))
                        : new Undefined("parameter '" + name + "' was not provided");
            }
            inner.set(name, value);
        }
        scope = outside;
        Value caller = parameters.contains("caller") ? null : named.get("caller");
        if (caller != null) {
            passed++;
            inner.set("caller", caller);
        }
        if (passed < named.size()) {
            throw new Failure("the macro '" + macro.name() + "' has no parameter '" + unknown(named, parameters) + "'");
        }
        return capture(inner, macro.body());
    }

    private static @Nullable String unknown(Map<String, Value> named, List<String> parameters) {
        return named.keySet().stream()
                .filter(name -> !parameters.contains(name))
                .findFirst()
                .orElse(null);
    }
}
