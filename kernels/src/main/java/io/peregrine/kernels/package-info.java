/// What a model needs to compute, on whole rows and matrices: the entry to all kernels.
package io.peregrine.kernels;
