package io.peregrine.cli.convert;

/// The ranges of hyper-parameters, as the loaders have them.
final class Limits {

    static final int LAYERS = 1024;
    static final int WIDTH = 1 << 20;
    static final int HEADS = 4096;
    static final int CONTEXT = 1 << 28;
    static final int IMAGE = 1 << 14;
    static final float ROPE_BASE = 1e12f;

    private Limits() {}
}
