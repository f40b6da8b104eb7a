/// One small description per storage format of weights, and the catalogue of them.
package io.peregrine.kernels.format;
