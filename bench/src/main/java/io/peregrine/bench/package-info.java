/// Measures all kernels in one process, as fractions of what the machine can do.
package io.peregrine.bench;
