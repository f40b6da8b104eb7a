package io.peregrine.model.template;

/// The name of a value's type, as error messages say it.
final class Kind {

    private Kind() {}

    static String of(Value value) {
        return switch (value) {
            case Text t -> "string";
            case NumberValue.Int i -> "integer";
            case NumberValue.Float f -> "float";
            case NumberValue.Bool b -> "boolean";
            case NoneValue n -> "none";
            case Undefined u -> "undefined value";
            case ListValue l -> l.form == ListValue.Form.TUPLE ? "tuple" : "list";
            case DictValue d -> "mapping";
            case RangeValue r -> "range";
            case Namespace n -> "namespace";
            case Callable c -> "function";
            case Loop l -> "loop";
        };
    }

    /// The name with its article, such as `an integer`.
    static String withArticle(Value value) {
        String kind = of(value);
        return switch (value) {
            case NoneValue n -> kind;
            case NumberValue.Int i -> "an " + kind;
            case Undefined u -> "an " + kind;
            default -> "a " + kind;
        };
    }
}
