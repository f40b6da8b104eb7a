package io.peregrine.model.template;

/// A place in a template's source; both from 1, the column in UTF-16 units.
record Position(int line, int column) {}
