package io.peregrine.kernels;

/// What the rows of activations of a product are, for kernels whose fastest way depends on it. Each way gives slightly
/// different last bits.
public enum ProductOrder {

    /// Rows of one sequence: up to three are multiplied one by one, with activations rounded where that is faster (see
    /// [Compute#exact]), more of them in panels.
    ONE_SEQUENCE,

    /// Rows of prompts: always in panels, so that results do not depend on how a prompt is cut into pieces.
    PROMPTS,

    /// One row of each of several sequences: one by one as above while there are only one or two, together otherwise,
    /// where nothing is rounded.
    STEPS,

    /// As `STEPS`, but together however many there are: results of a sequence do not depend on whether others go on
    /// beside it. A single sequence is slower.
    REPRODUCIBLE_STEPS
}
