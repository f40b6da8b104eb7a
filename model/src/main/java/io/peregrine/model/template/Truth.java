package io.peregrine.model.template;

/// Whether a value counts as true in a condition: not undefined, none, zero or empty.
final class Truth {

    private Truth() {}

    static boolean of(Value value) {
        return switch (value) {
            case Text t -> !t.isEmpty();
            case NumberValue.Int i -> i.value() != 0;
            case NumberValue.Float f -> f.value() != 0;
            case NumberValue.Bool b -> b.value();
            case NoneValue n -> false;
            case Undefined u -> false;
            case ListValue l -> l.form == ListValue.Form.GENERATOR || !l.items.isEmpty();
            case DictValue d -> !d.entries().isEmpty();
            case RangeValue r -> r.size() > 0;
            case Namespace n -> true;
            case Callable c -> true;
            case Loop l -> true;
        };
    }
}
