package io.peregrine.model.template;

import java.util.ArrayList;
import java.util.List;

/// A list, a tuple, or what a filter such as `map` yields. Equal only to itself in Java terms;
/// [io.peregrine.model.template.Comparison] compares contents.
final class ListValue implements Value {

    /// What a sequence is to Python.
    enum Form {
        LIST,
        /// Cannot be changed; written in parentheses.
        TUPLE,
        /// The result of a lazy filter: true as a condition even when it yields nothing.
        GENERATOR
    }

    final List<Value> items;
    final Form form;

    private ListValue(List<Value> items, Form form) {
        this.items = items;
        this.form = form;
    }

    /// A list of these items, which it keeps and may change.
    static ListValue list(List<Value> items) {
        return new ListValue(items, Form.LIST);
    }

    static ListValue tuple(List<Value> items) {
        return new ListValue(items, Form.TUPLE);
    }

    static ListValue tuple(Value first, Value second) {
        List<Value> items = new ArrayList<>(2);
        items.add(first);
        items.add(second);
        return tuple(items);
    }

    static ListValue generator(List<Value> items) {
        return new ListValue(items, Form.GENERATOR);
    }
}
