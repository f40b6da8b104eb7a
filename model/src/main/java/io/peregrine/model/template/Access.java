package io.peregrine.model.template;

import org.jspecify.annotations.Nullable;

/// `value.name` and `value[key]`, with Jinja's fall-backs from one to the other.
///
/// What does not exist is undefined, but for attributes that begin with two underscores: those lead to the
/// classes behind the values in Python, and here there is nothing behind them.
final class Access {

    private Access() {}

    /// `value.name`: a method or attribute, else the item of that key.
    static Value attribute(Value value, String name, Budget budget) {
        refuseInternal(value, name);
        Value found = own(value, name);
        if (found == null && value instanceof DictValue dict) {
            found = dict.get(Text.of(name, Origin.TEMPLATE), budget);
        }
        return found == null ? Undefined.attribute(value, name) : found;
    }

    /// `value[key]`: the item, else the method or attribute of that name.
    static Value item(Value value, Value key, Budget budget) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        Value found = null;
        if (value instanceof DictValue dict) {
            found = dict.get(key, budget);
        } else if (key instanceof NumberValue number && !(key instanceof NumberValue.Float)) {
            found = Sequences.item(value, number.whole(), budget);
        }
        if (found == null && key instanceof Text text) {
            String name = text.toString();
            if (!(value instanceof DictValue)) {
                refuseInternal(value, name);
            }
            found = own(value, name);
        }
        return found == null
                ? Undefined.attribute(value, Display.text(key, budget).toString())
                : found;
    }

    private static void refuseInternal(Value value, String name) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (name.startsWith("__")) {
            throw new Failure(Kind.withArticle(value) + " has no attribute '" + name
                    + "': the values of a template are plain data, without classes behind them");
        }
    }

    /// A method or attribute that belongs to the type of the value.
    private static @Nullable Value own(Value value, String name) {
        return switch (value) {
            case Text text -> StringMethods.find(text, name);
            case ListValue list -> ContainerMethods.find(list, name);
            case DictValue dict -> ContainerMethods.find(dict, name);
            case Namespace namespace -> namespace.attributes().get(name);
            case Loop loop -> loop.attribute(name);
            default -> null;
        };
    }
}
