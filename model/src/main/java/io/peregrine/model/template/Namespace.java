package io.peregrine.model.template;

import java.util.LinkedHashMap;
import java.util.Map;

/// The result of `namespace(...)`: attributes that `set` can change from an inner scope.
final class Namespace implements Value {

    private final Map<String, Value> attributes = new LinkedHashMap<>();

    Map<String, Value> attributes() {
        return attributes;
    }
}
