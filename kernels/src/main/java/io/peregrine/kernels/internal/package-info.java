/// What all kernels share behind the façade: the gate between vector and scalar code.
package io.peregrine.kernels.internal;
