/// The definition of every storage format in plain loops: what the fast kernels must equal, and what computes
/// where the Vector API is missing.
package io.peregrine.kernels.scalar;
