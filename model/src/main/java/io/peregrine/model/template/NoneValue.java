package io.peregrine.model.template;

/// Jinja's `none`.
enum NoneValue implements Value {
    NONE
}
