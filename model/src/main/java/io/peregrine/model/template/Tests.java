package io.peregrine.model.template;

import java.util.HashMap;
import java.util.Map;

/// The tests behind `is`, by name.
final class Tests {

    /// Whether a value passes.
    @FunctionalInterface
    private interface Check {
        boolean test(Value value, Arguments arguments, Budget budget);
    }

    private static final Map<String, Check> ALL = new HashMap<>();

    static {
        ALL.put("defined", (v, a, b) -> !(v instanceof Undefined));
        ALL.put("undefined", (v, a, b) -> v instanceof Undefined);
        ALL.put("none", (v, a, b) -> v instanceof NoneValue);
        ALL.put("string", (v, a, b) -> v instanceof Text);
        ALL.put("number", (v, a, b) -> v instanceof NumberValue);
        ALL.put("integer", (v, a, b) -> v instanceof NumberValue.Int);
        ALL.put("float", (v, a, b) -> v instanceof NumberValue.Float);
        ALL.put("boolean", (v, a, b) -> v instanceof NumberValue.Bool);
        ALL.put("true", (v, a, b) -> v instanceof NumberValue.Bool bool && bool.value());
        ALL.put("false", (v, a, b) -> v instanceof NumberValue.Bool bool && !bool.value());
        ALL.put("mapping", (v, a, b) -> v instanceof DictValue);
        ALL.put("iterable", (v, a, b) -> Cursor.accepts(v) || v instanceof Loop);
        ALL.put("sequence", (v, a, b) -> Cursor.accepts(v) && !isGenerator(v));
        ALL.put("callable", (v, a, b) -> v instanceof Callable);
        ALL.put("escaped", (v, a, b) -> false);
        ALL.put("filter", (v, a, b) -> v instanceof Text name && Filters.exists(name.toString()));
        ALL.put("test", (v, a, b) -> v instanceof Text name && exists(name.toString()));
        ALL.put("upper", (v, a, b) -> TextCase.isAll(true, Display.text(v, b), b));
        ALL.put("lower", (v, a, b) -> TextCase.isAll(false, Display.text(v, b), b));
        ALL.put("odd", (v, a, b) -> remainder(v, new NumberValue.Int(2), b) == 1);
        ALL.put("even", (v, a, b) -> remainder(v, new NumberValue.Int(2), b) == 0);
        ALL.put(
                "divisibleby",
                (v, a, b) -> remainder(v, a.bind("divisibleby", 1, "num").value(0), b) == 0);
        ALL.put("sameas", (v, a, b) -> same(v, a.bind("sameas", 1, "other").value(0)));
        compare(Comparison.Operator.EQUAL, "==", "eq", "equalto");
        compare(Comparison.Operator.NOT_EQUAL, "!=", "ne");
        compare(Comparison.Operator.LESS, "<", "lt", "lessthan");
        compare(Comparison.Operator.LESS_OR_EQUAL, "<=", "le");
        compare(Comparison.Operator.GREATER, ">", "gt", "greaterthan");
        compare(Comparison.Operator.GREATER_OR_EQUAL, ">=", "ge");
        compare(Comparison.Operator.IN, "in");
    }

    private Tests() {}

    static boolean exists(String name) {
        return ALL.containsKey(name);
    }

    static boolean apply(String name, Value value, Arguments arguments, Budget budget) {
        Check check = ALL.get(name);
        if (check == null) {
            throw new Failure("there is no test '" + name + "'");
        }
        return check.test(value, arguments, budget);
    }

    private static void compare(Comparison.Operator operator, String... names) {
        for (String name : names) {
            ALL.put(
                    name,
                    (v, a, b) -> Comparison.test(
                            operator, v, a.bind(name, 1, "other").value(0), b));
        }
    }

    private static boolean isGenerator(Value value) {
        return value instanceof ListValue list && list.form == ListValue.Form.GENERATOR;
    }

    private static double remainder(Value value, Value divisor, Budget budget) {
        return Arithmetic.apply(Arithmetic.Operator.MODULO, value, divisor, budget) instanceof NumberValue number
                ? number.real()
                : Double.NaN;
    }

    /// Identity: of containers themselves; of plain values their type and value.
    private static boolean same(Value a, Value b) {
        boolean plain = a instanceof NumberValue || a instanceof Text;
        return a == b || (plain && a.getClass() == b.getClass() && a.equals(b));
    }
}
