package io.peregrine.model.template;

/// A value of a running template: plain data, or something the template itself can call.
///
/// There is no way from a value to a Java object or class.
public sealed interface Value
        permits Text, NumberValue, NoneValue, Undefined, ListValue, DictValue, RangeValue, Namespace, Callable, Loop {}
