/// The same kernels as plain loops in a fixed order: the oracle of the tests, and what runs without the
/// Vector API.
package io.peregrine.kernels.scalar;
