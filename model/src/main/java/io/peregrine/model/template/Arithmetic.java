package io.peregrine.model.template;

import io.peregrine.model.template.NumberValue.Int;
import java.util.ArrayList;
import java.util.List;

/// The operators `+ - * / // % **` with Python's rules; integers that leave 64 bits are an error.
final class Arithmetic {

    /// An operator between two values.
    enum Operator {
        ADD("+"),
        SUBTRACT("-"),
        MULTIPLY("*"),
        DIVIDE("/"),
        FLOOR_DIVIDE("//"),
        MODULO("%"),
        POWER("**");

        final String sign;

        Operator(String sign) {
            this.sign = sign;
        }
    }

    private Arithmetic() {}

    static Value apply(Operator operator, Value left, Value right, Budget budget) {
        if (left instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (left instanceof NumberValue a && right instanceof NumberValue b) {
            return numbers(operator, a, b);
        }
        switch (operator) {
            case ADD -> {
                if (left instanceof Text a && right instanceof Text b) {
                    return a.concat(b, budget);
                }
                if (left instanceof ListValue a && right instanceof ListValue b && a.form == b.form) {
                    return concat(a, b, budget);
                }
            }
            case MULTIPLY -> {
                if (right instanceof NumberValue times && !(right instanceof NumberValue.Float)) {
                    return repeat(left, times.whole(), budget);
                }
                if (left instanceof NumberValue times && !(left instanceof NumberValue.Float)) {
                    return repeat(right, times.whole(), budget);
                }
            }
            case MODULO -> {
                if (left instanceof Text format) {
                    return PercentFormat.apply(format, right, budget);
                }
            }
            default -> {}
        }
        throw new Failure("'" + operator.sign + "' does not work between " + Kind.withArticle(left) + " and "
                + Kind.withArticle(right));
    }

    private static ListValue concat(ListValue a, ListValue b, Budget budget) {
        budget.elements((long) a.items.size() + b.items.size());
        List<Value> items = new ArrayList<>(a.items.size() + b.items.size());
        items.addAll(a.items);
        items.addAll(b.items);
        return a.form == ListValue.Form.TUPLE ? ListValue.tuple(items) : ListValue.list(items);
    }

    private static Value repeat(Value value, long times, Budget budget) {
        if (value instanceof Text text) {
            if (times <= 0 || text.isEmpty()) {
                return Text.EMPTY;
            }
            return repeat(text, times, budget);
        }
        if (value instanceof ListValue list) {
            List<Value> items = new ArrayList<>();
            if (times > 0 && !list.items.isEmpty()) {
                budget.elements(times > Integer.MAX_VALUE ? times : times * list.items.size());
                for (long i = 0; i < times; i++) {
                    items.addAll(list.items);
                }
            }
            return list.form == ListValue.Form.TUPLE ? ListValue.tuple(items) : ListValue.list(items);
        }
        throw new Failure("'*' does not work between " + Kind.withArticle(value) + " and an integer");
    }

    /// Doubles what there is, so that many repeats of little text take few steps.
    private static Text repeat(Text text, long times, Budget budget) {
        TextBuffer result = new TextBuffer(budget).append(text);
        long done = 1;
        while (done < times) {
            long more = Math.min(done, times - done);
            result.append(Text.view(result, 0, (int) (more * text.length())));
            done += more;
        }
        return result.toText();
    }

    private static Value numbers(Operator operator, NumberValue a, NumberValue b) {
        boolean whole = !(a instanceof NumberValue.Float) && !(b instanceof NumberValue.Float);
        if (whole && operator != Operator.DIVIDE) {
            if (operator == Operator.POWER && b.whole() < 0) {
                return new NumberValue.Float(power(a.real(), b.real()));
            }
            try {
                return new Int(integers(operator, a.whole(), b.whole()));
            } catch (ArithmeticException e) {
                throw Numbers.tooLarge();
            }
        }
        return new NumberValue.Float(floats(operator, a.real(), b.real()));
    }

    private static long integers(Operator operator, long a, long b) {
        return switch (operator) {
            case ADD -> Math.addExact(a, b);
            case SUBTRACT -> Math.subtractExact(a, b);
            case MULTIPLY -> Math.multiplyExact(a, b);
            case FLOOR_DIVIDE -> Math.floorDivExact(a, divisor(b));
            case MODULO -> Math.floorMod(a, divisor(b));
            case POWER -> Math.powExact(a, Math.toIntExact(b));
            case DIVIDE -> throw new IllegalStateException("division gives a float");
        };
    }

    private static double floats(Operator operator, double a, double b) {
        return switch (operator) {
            case ADD -> a + b;
            case SUBTRACT -> a - b;
            case MULTIPLY -> a * b;
            case DIVIDE -> a / divisor(b);
            case FLOOR_DIVIDE -> Math.floor(a / divisor(b));
            case MODULO -> modulo(a, divisor(b));
            case POWER -> power(a, b);
        };
    }

    /// The remainder with the sign of the divisor.
    private static double modulo(double a, double b) {
        double rest = a % b;
        return rest != 0 && rest < 0 != b < 0 ? rest + b : Math.copySign(rest, b);
    }

    private static double power(double a, double b) {
        if (a == 0 && b < 0) {
            throw zeroDivisor();
        }
        double result = Math.pow(a, b);
        if (Double.isNaN(result) && !Double.isNaN(a) && !Double.isNaN(b)) {
            throw new Failure("a negative number to a broken power has no real value");
        }
        return result;
    }

    private static long divisor(long value) {
        if (value == 0) {
            throw zeroDivisor();
        }
        return value;
    }

    private static double divisor(double value) {
        if (value == 0) {
            throw zeroDivisor();
        }
        return value;
    }

    private static Failure zeroDivisor() {
        return new Failure("division by zero");
    }

    /// The value with its sign changed, or unchanged for `negative` false.
    static Value sign(Value value, boolean negative) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!(value instanceof NumberValue number)) {
            throw new Failure("a sign needs a number, found " + Kind.withArticle(value));
        }
        if (number instanceof NumberValue.Float real) {
            return negative ? new NumberValue.Float(-real.value()) : real;
        }
        if (number.whole() == Long.MIN_VALUE && negative) {
            throw Numbers.tooLarge();
        }
        return new Int(negative ? -number.whole() : number.whole());
    }
}
