package io.peregrine.model.arch;

/// The ranges of hyper-parameters: larger than any model that exists, small enough that products of two of
/// them with a type's size stay far from overflow.
final class Limits {

    static final int LAYERS = 1024;
    static final int WIDTH = 1 << 20;
    static final int HEADS = 4096;
    static final int HEAD_DIM = 1 << 14;
    static final int EXPERTS = 1 << 16;
    static final int CONTEXT = 1 << 28;
    static final float ROPE_BASE = 1e12f;

    private Limits() {}
}
