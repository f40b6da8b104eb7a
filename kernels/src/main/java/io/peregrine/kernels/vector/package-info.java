/// Kernels on the Vector API. Nothing here is loaded unless [io.peregrine.kernels.internal.Simd#VECTOR] says
/// so.
package io.peregrine.kernels.vector;
