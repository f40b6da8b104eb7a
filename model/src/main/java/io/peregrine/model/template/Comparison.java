package io.peregrine.model.template;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Equality, order and membership as in Python.
final class Comparison {

    private Comparison() {}

    /// The operators that can stand between two values.
    enum Operator {
        EQUAL("=="),
        NOT_EQUAL("!="),
        LESS("<"),
        LESS_OR_EQUAL("<="),
        GREATER(">"),
        GREATER_OR_EQUAL(">="),
        IN("in"),
        NOT_IN("not in");

        final String sign;

        Operator(String sign) {
            this.sign = sign;
        }
    }

    static boolean test(Operator operator, Value left, Value right, Budget budget) {
        return switch (operator) {
            case EQUAL -> equal(left, right, budget);
            case NOT_EQUAL -> !equal(left, right, budget);
            case IN -> contains(right, left, budget);
            case NOT_IN -> !contains(right, left, budget);
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> ordered(operator, left, right, budget);
        };
    }

    private static boolean ordered(Operator operator, Value left, Value right, Budget budget) {
        boolean nan = left instanceof NumberValue a
                && right instanceof NumberValue b
                && (Double.isNaN(a.real()) || Double.isNaN(b.real()));
        if (nan) {
            return false;
        }
        int order = order(left, right, budget);
        return switch (operator) {
            case LESS -> order < 0;
            case LESS_OR_EQUAL -> order <= 0;
            case GREATER -> order > 0;
            default -> order >= 0;
        };
    }

    static boolean equal(Value left, Value right, Budget budget) {
        if (left == right) {
            return true;
        }
        if (left instanceof Text a && right instanceof Text b) {
            if (a.length() != b.length()) {
                return false;
            }
            budget.work(a.length());
            return a.equals(b);
        }
        if (left instanceof ListValue a && right instanceof ListValue b) {
            boolean tuples = a.form == ListValue.Form.TUPLE;
            return tuples == (b.form == ListValue.Form.TUPLE) && equalItems(a.items, b.items, budget);
        }
        if (left instanceof DictValue a && right instanceof DictValue b) {
            return equalEntries(a, b, budget);
        }
        if (left instanceof RangeValue a && right instanceof RangeValue b) {
            long size = a.size();
            return size == b.size() && (size == 0 || a.start() == b.start()) && (size <= 1 || a.step() == b.step());
        }
        if (left instanceof Undefined && right instanceof Undefined) {
            return true;
        }
        return left instanceof NumberValue && left.equals(right);
    }

    private static boolean equalItems(List<Value> a, List<Value> b, Budget budget) {
        if (a.size() != b.size()) {
            return false;
        }
        budget.enter();
        for (int i = 0; i < a.size(); i++) {
            budget.step();
            if (!equal(a.get(i), b.get(i), budget)) {
                budget.leave();
                return false;
            }
        }
        budget.leave();
        return true;
    }

    private static boolean equalEntries(DictValue a, DictValue b, Budget budget) {
        if (a.entries().size() != b.entries().size()) {
            return false;
        }
        budget.enter();
        for (Map.Entry<Value, Value> entry : a.entries().entrySet()) {
            budget.step();
            Value other = b.get(entry.getKey(), budget);
            if (other == null || !equal(entry.getValue(), other, budget)) {
                budget.leave();
                return false;
            }
        }
        budget.leave();
        return true;
    }

    /// Negative, zero or positive; an error where Python has no order.
    static int order(Value left, Value right, Budget budget) {
        if (left instanceof NumberValue a && right instanceof NumberValue b) {
            if (a instanceof NumberValue.Float || b instanceof NumberValue.Float) {
                return Double.compare(a.real() + 0.0, b.real() + 0.0);
            }
            return Long.compare(a.whole(), b.whole());
        }
        if (left instanceof Text a && right instanceof Text b) {
            budget.work(Math.min(a.length(), b.length()));
            return a.compareTo(b);
        }
        if (left instanceof ListValue a
                && right instanceof ListValue b
                && (a.form == ListValue.Form.TUPLE) == (b.form == ListValue.Form.TUPLE)) {
            budget.enter();
            int order = 0;
            for (int i = 0; order == 0 && i < Math.min(a.items.size(), b.items.size()); i++) {
                budget.step();
                if (!equal(a.items.get(i), b.items.get(i), budget)) {
                    order = order(a.items.get(i), b.items.get(i), budget);
                }
            }
            budget.leave();
            return order == 0 ? Integer.compare(a.items.size(), b.items.size()) : order;
        }
        if (left instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.failure();
        }
        throw new Failure(Kind.withArticle(left) + " and " + Kind.withArticle(right) + " have no order");
    }

    /// The order of [#order] for sorting.
    static Comparator<Value> comparator(Budget budget) {
        return (a, b) -> order(a, b, budget);
    }

    /// `item in container`.
    static boolean contains(Value container, Value item, Budget budget) {
        switch (container) {
            case Text text -> {
                if (item instanceof Text part) {
                    return TextSearch.find(text, part, 0, budget) >= 0;
                }
                throw item instanceof Undefined undefined
                        ? undefined.failure()
                        : new Failure("'in' a string looks for a string, found " + Kind.withArticle(item));
            }
            case ListValue list -> {
                for (Value candidate : list.items) {
                    budget.step();
                    if (equal(candidate, item, budget)) {
                        return true;
                    }
                }
                return false;
            }
            case DictValue dict -> {
                return dict.lookUp(item, budget) != null;
            }
            case RangeValue range -> {
                if (!(item instanceof NumberValue number)
                        || number.real() != Math.rint(number.real())
                        || Math.abs(number.real()) >= 0x1p62) {
                    return false;
                }
                long offset = Math.subtractExact((long) number.real(), range.start());
                return offset % range.step() == 0 && offset / range.step() >= 0 && offset / range.step() < range.size();
            }
            case Undefined u -> {
                return false;
            }
            default ->
                throw new Failure(
                        "'in' needs a string, a list or a mapping on its right, found " + Kind.withArticle(container));
        }
    }
}
