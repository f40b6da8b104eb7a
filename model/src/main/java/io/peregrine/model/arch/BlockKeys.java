package io.peregrine.model.arch;

import io.peregrine.kernels.Activation;

/// The hyper-parameters of a block of a transformer without a cache: of a vision tower, or of a text tower like it.
///
/// @param ffn width between the two layers of its feed-forward part
record BlockKeys(int dim, int ffn, int heads, float eps, Activation activation) {}
